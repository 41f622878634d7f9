"""The server of gRPC's interop tests over gRPC's C core. Usage: interop_server.py DESCRIPTORS [KEY CHAIN ROOTS], DESCRIPTORS a FileDescriptorSet.

Says its port on the first line and serves until its input ends. With a key it serves by mutual TLS alone.
"""
import sys
import threading
import time
from concurrent import futures

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

INITIAL = "x-grpc-test-echo-initial"
TRAILING = "x-grpc-test-echo-trailing-bin"
LOAD = "endpoint-load-metrics-bin"
SHORTEST_INTERVAL = 0.1  # seconds between two load reports of a stream

pool = descriptor_pool.DescriptorPool()
with open(sys.argv[1], "rb") as file:
    for schema in descriptor_pb2.FileDescriptorSet.FromString(file.read()).file:
        pool.Add(schema)
factory = message_factory.MessageFactory(pool)


def message(name, package="grpc.testing"):
    return factory.GetPrototype(pool.FindMessageTypeByName(package + "." + name))


Empty = message("Empty")
SimpleRequest = message("SimpleRequest")
SimpleResponse = message("SimpleResponse")
InputRequest = message("StreamingInputCallRequest")
InputResponse = message("StreamingInputCallResponse")
OutputRequest = message("StreamingOutputCallRequest")
OutputResponse = message("StreamingOutputCallResponse")
LoadRequest = message("OrcaLoadReportRequest", "xds.service.orca.v3")
LoadReport = message("OrcaLoadReport", "xds.data.orca.v3")
STATUSES = {status.value[0]: status for status in grpc.StatusCode}
load = LoadReport()


def echo_metadata(context):
    for key, value in context.invocation_metadata():
        if key == INITIAL:
            context.send_initial_metadata(((key, value),))
        elif key == TRAILING:
            context.set_trailing_metadata(((key, value),))


def echo_status(request, context):
    if request.response_status.code:
        context.abort(STATUSES[request.response_status.code], request.response_status.message)


def empty_call(request, context):
    echo_metadata(context)
    return Empty()


def unary_call(request, context):
    echo_metadata(context)
    echo_status(request, context)
    if request.HasField("orca_per_query_report"):
        report = load_report(request.orca_per_query_report)
        context.set_trailing_metadata((*(context.trailing_metadata() or ()), (LOAD, report.SerializeToString())))
    response = SimpleResponse()
    response.payload.body = bytes(request.response_size)
    return response


def streaming_output_call(request, context):
    echo_metadata(context)
    yield from answers(request, context)


def streaming_input_call(requests, context):
    echo_metadata(context)
    return InputResponse(aggregated_payload_size=sum(len(request.payload.body) for request in requests))


def full_duplex_call(requests, context):
    echo_metadata(context)
    for request in requests:
        yield from answers(request, context)


def answers(request, context):
    global load
    echo_status(request, context)
    if request.HasField("orca_oob_report"):
        load = load_report(request.orca_oob_report)
    for parameters in request.response_parameters:
        time.sleep(parameters.interval_us / 1e6)
        response = OutputResponse()
        response.payload.body = bytes(parameters.size)
        yield response


def load_report(asked):
    return LoadReport(
        cpu_utilization=asked.cpu_utilization, mem_utilization=asked.memory_utilization,
        request_cost=dict(asked.request_cost), utilization=dict(asked.utilization))


def stream_core_metrics(request, context):
    interval = max(request.report_interval.seconds + request.report_interval.nanos / 1e9, SHORTEST_INTERVAL)
    gone = threading.Event()
    context.add_callback(gone.set)
    yield load
    while not gone.wait(interval):
        yield load


def handler(kind, behaviour, request, response):
    return kind(behaviour, request_deserializer=request.FromString, response_serializer=response.SerializeToString)


def read(path):
    with open(path, "rb") as file:
        return file.read()


server = grpc.server(futures.ThreadPoolExecutor(max_workers=16))
server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("grpc.testing.TestService", {
    "EmptyCall": handler(grpc.unary_unary_rpc_method_handler, empty_call, Empty, Empty),
    "UnaryCall": handler(grpc.unary_unary_rpc_method_handler, unary_call, SimpleRequest, SimpleResponse),
    "StreamingOutputCall": handler(grpc.unary_stream_rpc_method_handler, streaming_output_call, OutputRequest, OutputResponse),
    "StreamingInputCall": handler(grpc.stream_unary_rpc_method_handler, streaming_input_call, InputRequest, InputResponse),
    "FullDuplexCall": handler(grpc.stream_stream_rpc_method_handler, full_duplex_call, OutputRequest, OutputResponse),
}), grpc.method_handlers_generic_handler("xds.service.orca.v3.OpenRcaService", {
    "StreamCoreMetrics": handler(grpc.unary_stream_rpc_method_handler, stream_core_metrics, LoadRequest, LoadReport),
})))
if len(sys.argv) > 2:
    key, chain, roots = map(read, sys.argv[2:5])
    port = server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials([(key, chain)], roots, require_client_auth=True))
else:
    port = server.add_insecure_port("127.0.0.1:0")
server.start()
print(port, flush=True)
sys.stdin.read()
server.stop(0)

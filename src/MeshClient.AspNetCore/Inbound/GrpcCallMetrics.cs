using System.Diagnostics;
using System.Diagnostics.Metrics;
using Grpc.Core;
using MeshClient.Telemetry;

namespace MeshClient.AspNetCore.Inbound;

/// <summary>What the gRPC calls to this server are measured by. ASP.NET Core's own metrics tell of the HTTP requests that carry them, all of which are a 200.</summary>
internal sealed class GrpcCallMetrics
{
    private static readonly HistogramDefinition s_durations = new(
        "rpc.server.call.duration", "s", "gRPC calls to this server, from their coming to the end of their answer, which is that of the stream; those that the mesh refused included.",
        HistogramDefinition.Durations, RpcConventions.System, RpcConventions.Method, RpcConventions.Status, MeshTags.ErrorType);

    private static readonly TagDefinition s_direction = new("network.io.direction", "Whether the server received or sent it.", "receive", "transmit");

    private static readonly CounterDefinition s_messages = new(
        "mesh.inbound.grpc_messages", "{message}", "Messages of gRPC calls to this server, counted as they come and go.", RpcConventions.Method, s_direction);

    private readonly Histogram<double> _durations;
    private readonly Counter<long> _messages;

    public GrpcCallMetrics(IMeterFactory meters)
    {
        var meter = MeshTelemetry.MeterOf(meters);
        _durations = s_durations.Create(meter);
        _messages = s_messages.Create(meter);
    }

    /// <summary>Whether anybody listens.</summary>
    public bool IsListenedTo => _durations.Enabled || _messages.Enabled;

    /// <summary>Whether anybody listens to the messages.</summary>
    public bool CountsMessages => _messages.Enabled;

    public void Received(string method, int messages) => _messages.Add(messages, RpcConventions.Method.Of(method), s_direction.Of("receive"));

    public void Sent(string method, int messages) => _messages.Add(messages, RpcConventions.Method.Of(method), s_direction.Of("transmit"));

    public void Ended(string method, StatusCode status, TimeSpan elapsed)
    {
        var name = RpcConventions.NameOf((int)status);
        var tags = new TagList { RpcConventions.System.Of(RpcConventions.Grpc), RpcConventions.Method.Of(method), RpcConventions.Status.Of(name) };
        if (IsError(status))
            tags.Add(MeshTags.ErrorType.Of(name));
        _durations.Record(elapsed.TotalSeconds, tags);
    }

    // The statuses that OpenTelemetry takes for errors of a server; the others are its callers' doing.
    private static bool IsError(StatusCode status) => status is StatusCode.Unknown or StatusCode.DeadlineExceeded or StatusCode.Unimplemented or StatusCode.Internal
        or StatusCode.Unavailable or StatusCode.DataLoss;
}

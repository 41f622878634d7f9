using System.Diagnostics.Metrics;
using MeshClient.Telemetry;

namespace MeshClient.AspNetCore.Inbound;

/// <summary>What the limit of inbound requests is measured by.</summary>
internal sealed class RequestLimitMetrics(IMeterFactory meters)
{
    private static readonly TagDefinition s_kind = new("mesh.inbound.kind", "Whether the request was a gRPC call or any other.", "http", "grpc");

    private static readonly CounterDefinition s_refused = new(
        "mesh.inbound.refused_requests", "{request}", "Requests refused since as many were being served as may be.", s_kind);

    private readonly Counter<long> _refused = s_refused.Create(MeshTelemetry.MeterOf(meters));

    public void Refused(bool isGrpc) => _refused.Add(1, s_kind.Of(isGrpc ? "grpc" : "http"));
}

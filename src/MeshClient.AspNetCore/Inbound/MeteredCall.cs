using MeshClient.Resilience;

namespace MeshClient.AspNetCore.Inbound;

/// <summary>What the layers below the meter know of a gRPC call and the meter cannot see; a feature of the requests that are measured.</summary>
internal sealed class MeteredCall
{
    /// <summary>When its caller stops waiting.</summary>
    public Deadline Deadline { get; set; } = Deadline.Never;
}

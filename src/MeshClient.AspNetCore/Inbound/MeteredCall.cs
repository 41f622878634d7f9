using MeshClient.Resilience;

namespace MeshClient.AspNetCore.Inbound;

/// <summary>What the layers below the meter know of a gRPC call and the meter cannot see; a feature of the requests that are measured.</summary>
internal sealed class MeteredCall
{
    private volatile bool _isDenied;

    /// <summary>When its caller stops waiting.</summary>
    public Deadline Deadline { get; set; } = Deadline.Never;

    /// <summary>Whether an intention denied it while it ran, whatever its handler has made of it.</summary>
    public bool IsDenied => _isDenied;

    /// <summary>Notes that an intention denies it now.</summary>
    public void Deny() => _isDenied = true;
}

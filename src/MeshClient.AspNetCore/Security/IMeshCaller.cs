using MeshClient.Identity;

namespace MeshClient.AspNetCore.Security;

/// <summary>
/// Who is on the other end of a connection. A feature of each request on a server with <c>UseMesh()</c>:
/// <c>context.Features.Get&lt;IMeshCaller&gt;()</c>; absent where <c>Mesh:Security:Mode</c> is Off.
/// </summary>
public interface IMeshCaller
{
    /// <summary>The caller's identity as its certificate proves it; null = it has proved none: plain text, or an endpoint that the mesh leaves alone.</summary>
    SpiffeId? Id { get; }

    /// <summary>Whether the caller has proved its identity.</summary>
    bool IsAuthenticated { get; }

    /// <summary>Until when the caller's certificate and those that stand behind it are all valid; the connection ends with the first. Null = there is none.</summary>
    DateTimeOffset? NotAfter { get; }
}

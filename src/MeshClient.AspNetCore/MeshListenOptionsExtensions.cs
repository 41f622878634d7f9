using MeshClient.AspNetCore.Security;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.AspNetCore.Hosting;

/// <summary>Says of single endpoints of Kestrel whether they are the mesh's.</summary>
public static class MeshListenOptionsExtensions
{
    /// <summary>
    /// Leaves this endpoint alone, whatever <c>Mesh:Inbound</c> says: for the public, or in plain text for the health checks of Consul's agent. Its requests
    /// are not asked for an identity and no intention decides them.
    /// </summary>
    /// <param name="listen">The endpoint.</param>
    /// <returns>The endpoint.</returns>
    public static ListenOptions ExcludeFromMesh(this ListenOptions listen)
    {
        ArgumentNullException.ThrowIfNull(listen);
        listen.ApplicationServices?.GetService<InboundEndpoints>()?.Exclude(listen);
        return listen;
    }

    /// <summary>
    /// Puts this endpoint under the rules of <c>Mesh:Security</c> and <c>Mesh:Inbound</c>. <c>UseMesh()</c> on the web host does so for every endpoint by
    /// <c>ConfigureEndpointDefaults</c>; an application that calls that itself replaces it, and calls this in it. Calling it again changes nothing.
    /// </summary>
    /// <param name="listen">The endpoint.</param>
    /// <returns>The endpoint.</returns>
    public static ListenOptions UseMesh(this ListenOptions listen)
    {
        ArgumentNullException.ThrowIfNull(listen);
        listen.ApplicationServices?.GetService<InboundEndpoints>()?.Attach(listen);
        return listen;
    }
}

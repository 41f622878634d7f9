using MeshClient.AspNetCore.Security;

namespace Microsoft.AspNetCore.Http;

/// <summary>Tells who calls.</summary>
public static class MeshHttpContextExtensions
{
    /// <summary>The caller of a request: one without an identity where it has proved none, and where <c>Mesh:Security:Mode</c> is Off.</summary>
    /// <param name="context">The request.</param>
    /// <returns>The caller, never null.</returns>
    public static IMeshCaller GetMeshCaller(this HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.Features.Get<IMeshCaller>() ?? MeshConnection.LeftAlone;
    }
}

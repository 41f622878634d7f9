using MeshClient.AspNetCore.Security;
using Microsoft.AspNetCore.Authentication;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds the mesh to the application's authentication.</summary>
public static class MeshAuthenticationBuilderExtensions
{
    /// <summary>
    /// Adds the scheme <c>Mesh</c> (<see cref="MeshAuthentication.Scheme"/>): the caller as its certificate of the mesh proves it, for <c>[Authorize]</c> and
    /// policies. With <c>UseMesh()</c> and <c>Mesh:Security:Mode</c> other than Off it is there without this call. Calling it again changes nothing.
    /// </summary>
    /// <param name="builder">The application's authentication.</param>
    /// <returns>The application's authentication.</returns>
    public static AuthenticationBuilder AddMesh(this AuthenticationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        if (builder.Services.Any(d => d.ServiceType == typeof(SchemeMarker)))
            return builder;
        builder.Services.AddSingleton<SchemeMarker>();
        return builder.AddScheme<MeshAuthenticationOptions, MeshAuthenticationHandler>(MeshAuthentication.Scheme, _ => { });
    }

    private sealed class SchemeMarker;
}

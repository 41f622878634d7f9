using MeshClient.Identity;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace MeshClient.AspNetCore.Security;

/// <summary>
/// Lets the mesh see each endpoint that the server makes. Registered before all that the application does to the server's options: an endpoint of the
/// code is made at once, by the defaults of that moment.
/// </summary>
internal sealed class KestrelSetup(InboundEndpoints endpoints, MeshSecurity security, IServiceProvider services) : IConfigureOptions<KestrelServerOptions>, IPostConfigureOptions<KestrelServerOptions>
{
    /// <summary>Whether the application itself lets callers say any scheme.</summary>
    public bool TakesAnyScheme { get; private set; }

    public void Configure(KestrelServerOptions options)
    {
        options.ApplicationServices ??= services;
        options.ConfigureEndpointDefaults(listen => endpoints.Attach(listen));
    }

    public void PostConfigure(string? name, KestrelServerOptions options)
    {
        endpoints.EndOfCode();
        TakesAnyScheme = options.AllowAlternateSchemes;
        // Kestrel has one rule for all endpoints: SchemeMiddleware has a closer one for each.
        options.AllowAlternateSchemes |= security.Mode != SecurityMode.Off;
    }
}

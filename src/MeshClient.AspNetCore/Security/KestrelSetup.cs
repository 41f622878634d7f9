using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace MeshClient.AspNetCore.Security;

/// <summary>
/// Lets the mesh see each endpoint that the server makes. Registered before all that the application does to the server's options: an endpoint of the
/// code is made at once, by the defaults of that moment.
/// </summary>
internal sealed class KestrelSetup(InboundEndpoints endpoints, IServiceProvider services) : IConfigureOptions<KestrelServerOptions>, IPostConfigureOptions<KestrelServerOptions>
{
    public void Configure(KestrelServerOptions options)
    {
        options.ApplicationServices ??= services;
        options.ConfigureEndpointDefaults(listen => endpoints.Attach(listen));
    }

    public void PostConfigure(string? name, KestrelServerOptions options) => endpoints.EndOfCode();
}

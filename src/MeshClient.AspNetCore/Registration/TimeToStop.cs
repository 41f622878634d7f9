using MeshClient.Configuration;
using MeshClient.Consul.Registration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace MeshClient.AspNetCore.Registration;

/// <summary>Leaving the registry and draining come out of the host's own limit, and the server's stop after them needs its part of it as well.</summary>
internal sealed class TimeToStop(MeshOptionsSource options) : IPostConfigureOptions<HostOptions>
{
    private static readonly TimeSpan s_server = TimeSpan.FromSeconds(15);

    public void PostConfigure(string? name, HostOptions host)
    {
        var needed = options.Current.Service.Drain + ServiceRegistrar.DeregisterLimit + s_server;
        if (host.ShutdownTimeout < needed)
            host.ShutdownTimeout = needed;
    }
}

using System.Net;
using MeshClient.DevRegistry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace MeshClient.FunctionalTests.Grpc.Interop;

/// <summary>A server that calls UseMesh() in strict mode and is found by the development registry.</summary>
internal static class StrictServer
{
    /// <summary>Keys under <c>Mesh:</c> and their values.</summary>
    public static Dictionary<string, string?> Settings(DevRegistryServer registry, string name) => new()
    {
        ["Service:Name"] = name,
        ["Security:Mode"] = "Strict",
        ["Inbound:LoadReports"] = "true",
        ["Consul:Address"] = registry.Address.ToString(),
    };

    public static async Task<WebApplication> StartAsync(DevRegistryServer registry, string name, Action<WebApplicationBuilder> configure, Action<WebApplication> map)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Configuration.AddInMemoryCollection(Settings(registry, name).Select(s => KeyValuePair.Create($"Mesh:{s.Key}", s.Value)));
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(
            options => options.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        builder.WebHost.UseMesh();
        configure(builder);
        var app = builder.Build();
        map(app);
        await app.StartAsync();
        return app;
    }
}

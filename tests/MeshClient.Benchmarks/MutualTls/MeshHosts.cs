using System.Net;
using MeshClient.Http;
using MeshClient.Identity;
using MeshClient.TestKit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace MeshClient.Benchmarks.MutualTls;

/// <summary>Services in strict mode, and otherwise as they are without settings: <c>web</c> calls <c>catalog</c>.</summary>
internal static class MeshHosts
{
    public const string Server = "catalog";
    public const string Client = "web";

    public static async Task<WebApplication> StartServerAsync(Uri registry, RequestDelegate handler)
    {
        var server = Servers.Build(options => options.Listen(IPAddress.Loopback, 0), handler, builder =>
        {
            builder.Configuration.AddInMemoryCollection(Settings(registry, Server));
            builder.WebHost.UseMesh();
        });
        await server.StartAsync();
        return server;
    }

    /// <summary>Starts a client that has found the server.</summary>
    public static async Task<IHost> StartClientAsync(Uri registry)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(Settings(registry, Client));
        builder.Services.AddMesh();
        // The factory's own logging is nothing of the mesh's.
        builder.Services.AddHttpClient(Server, client => client.BaseAddress = new Uri($"http://{Server}/")).RemoveAllLoggers();
        var host = builder.Build();
        await host.StartAsync();
        await Eventually.True(() => IsServedAsync(host.HttpClient()));
        return host;
    }

    public static HttpClient HttpClient(this IHost host) => host.Services.GetRequiredService<IHttpClientFactory>().CreateClient(Server);

    public static async Task EndAsync(this IHost host)
    {
        await host.StopAsync();
        await ((IAsyncDisposable)host).DisposeAsync();
    }

    // The registration is on its way when the server has started.
    private static async Task<bool> IsServedAsync(HttpClient client)
    {
        try
        {
            using var response = await client.GetAsync(new Uri("/", UriKind.Relative));
            return response.StatusCode == HttpStatusCode.OK;
        }
        catch (MeshUnavailableException)
        {
            return false;
        }
    }

    private static Dictionary<string, string?> Settings(Uri registry, string name) => new()
    {
        ["Mesh:Service:Name"] = name,
        ["Mesh:Security:Mode"] = nameof(SecurityMode.Strict),
        ["Mesh:Consul:Address"] = registry.ToString(),
        [$"Mesh:Upstreams:{Server}:Timeout"] = "00:00:15",
    };
}

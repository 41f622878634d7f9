using System.Net;
using MeshClient.DevRegistry;
using MeshClient.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace MeshClient.FunctionalTests.Security;

/// <summary>Programs that call each other in strict mode, with certificates and intentions of the development registry and nothing given by the test.</summary>
public sealed class BothHalvesTests
{
    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Services_call_each_other_by_mutual_tls_and_intentions_decide(string version)
    {
        await using var registry = await DevRegistryServer.StartAsync();
        await using var catalog = await ServiceAsync(registry, "catalog");
        await using var web = await CallerAsync(registry, "web");
        await using var stranger = await CallerAsync(registry, "stranger");
        await registry.Intentions.DenyAsync("stranger", "catalog");

        await ServedAsync(web, version);
        await Eventually.True(async () => (await CallAsync(stranger, version)).Status == HttpStatusCode.Forbidden);
        await registry.Intentions.DenyAsync("web", "catalog");
        await Eventually.True(async () => (await CallAsync(web, version)).Status == HttpStatusCode.Forbidden);
        await registry.Intentions.AllowAsync("web", "catalog");
        await Eventually.True(async () => (await CallAsync(web, version)).Status == HttpStatusCode.OK);
    }

    [Fact]
    public async Task The_authority_is_changed_under_load_and_no_call_fails()
    {
        await using var registry = await DevRegistryServer.StartAsync();
        await using var catalog = await ServiceAsync(registry, "catalog");
        await using var web = await CallerAsync(registry, "web");
        await ServedAsync(web, "1.1");
        for (var i = 0; i < 600; i++)
        {
            if (i is 100 or 300)
                await registry.RotateAuthorityAsync();
            Assert.Equal((HttpStatusCode.OK, "web"), await CallAsync(web, "1.1"));
            await Task.Delay(5);
        }
    }

    // The registration is on its way when the server has started.
    private static Task ServedAsync(IHost host, string version) => Eventually.True(async () =>
    {
        try
        {
            return await CallAsync(host, version) == (HttpStatusCode.OK, "web");
        }
        catch (MeshUnavailableException)
        {
            return false;
        }
    });

    private static async Task<(HttpStatusCode Status, string Body)> CallAsync(IHost host, string version)
    {
        var client = host.Services.GetRequiredService<IHttpClientFactory>().CreateClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://catalog/") { Version = new Version(version), VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        using var response = await client.SendAsync(request);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    private static Dictionary<string, string?> Settings(DevRegistryServer registry, string name) => new()
    {
        ["Mesh:Service:Name"] = name,
        ["Mesh:Security:Mode"] = "Strict",
        ["Mesh:Consul:Address"] = registry.Address.ToString(),
        ["Mesh:Upstreams:catalog:Timeout"] = "00:00:10",
    };

    private static async Task<WebApplication> ServiceAsync(DevRegistryServer registry, string name)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Configuration.AddInMemoryCollection(Settings(registry, name));
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(
            options => options.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1AndHttp2));
        builder.WebHost.UseMesh();
        var app = builder.Build();
        app.Run(context => context.Response.WriteAsync(context.GetMeshCaller().Id?.Service ?? "nobody"));
        await app.StartAsync();
        return app;
    }

    private static async Task<Started> CallerAsync(DevRegistryServer registry, string name)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(Settings(registry, name));
        builder.Services.AddMesh();
        var host = builder.Build();
        await host.StartAsync();
        return new Started(host);
    }

    private sealed class Started(IHost host) : IHost, IAsyncDisposable
    {
        public IServiceProvider Services => host.Services;

        public Task StartAsync(CancellationToken cancellationToken = default) => host.StartAsync(cancellationToken);

        public Task StopAsync(CancellationToken cancellationToken = default) => host.StopAsync(cancellationToken);

        public void Dispose() => host.Dispose();

        public async ValueTask DisposeAsync()
        {
            await host.StopAsync();
            await ((IAsyncDisposable)host).DisposeAsync();
        }
    }
}

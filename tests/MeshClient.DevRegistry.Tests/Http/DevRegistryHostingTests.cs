using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace MeshClient.DevRegistry.Tests.Http;

/// <summary>The ways to have a registry: embedded, as a host of its own, mapped.</summary>
public sealed class DevRegistryHostingTests : IDisposable
{
    private readonly HttpClient client = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => client.Dispose();

    [Fact]
    public async Task Equal_seeds_make_equal_nodes()
    {
        await using var one = await DevRegistryServer.StartAsync(new DevRegistryOptions { Seed = 7 }, Cancellation);
        await using var two = await DevRegistryServer.StartAsync(new DevRegistryOptions { Seed = 7 }, Cancellation);
        await using var three = await DevRegistryServer.StartAsync(new DevRegistryOptions { Seed = 8 }, Cancellation);
        Assert.Equal(one.NodeId, two.NodeId);
        Assert.NotEqual(one.NodeId, three.NodeId);
    }

    [Fact]
    public async Task A_taken_port_is_an_error()
    {
        await using var first = await DevRegistryServer.StartAsync(cancellationToken: Cancellation);
        await Assert.ThrowsAsync<IOException>(
            () => DevRegistryServer.StartAsync(new DevRegistryOptions { Port = first.Address.Port }, Cancellation));
    }

    [Fact]
    public async Task It_runs_until_it_is_cancelled()
    {
        using var stop = new CancellationTokenSource();
        var started = new TaskCompletionSource<DevRegistryServer>();
        var run = DevRegistryServer.RunAsync(started: started.SetResult, cancellationToken: stop.Token);
        var address = (await started.Task).Address;
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(new Uri(address, "/v1/status/leader"), Cancellation)).StatusCode);
        await stop.CancelAsync();
        await run;
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync(new Uri(address, "/v1/status/leader"), Cancellation));
    }

    [Fact]
    public async Task It_can_be_mapped_into_an_application()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(static kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddRoutingCore().AddDevRegistry(new DevRegistryOptions { Datacenter = "dc9" });
        await using var app = builder.Build();
        app.MapDevRegistry();
        await app.StartAsync(Cancellation);
        Assert.Contains("dc9", await client.GetStringAsync($"{app.Urls.First()}/v1/agent/self", Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public void Mapping_without_the_services_names_the_remedy()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.Services.AddRoutingCore();
        var error = Assert.Throws<InvalidOperationException>(() => builder.Build().MapDevRegistry());
        Assert.Contains("AddDevRegistry", error.Message, StringComparison.Ordinal);
    }
}

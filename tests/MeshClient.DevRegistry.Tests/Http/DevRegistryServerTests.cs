using System.IO.Compression;
using System.Net;
using System.Text.Json;
using MeshClient.DevRegistry.Http;
using MeshClient.TestKit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace MeshClient.DevRegistry.Tests.Http;

public sealed class DevRegistryServerTests : IAsyncLifetime
{
    private readonly FakeTimeProvider time = new();
    private DevRegistryServer registry = null!;
    private HttpClient client = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        registry = await DevRegistryServer.StartAsync(new DevRegistryOptions { TimeProvider = time, Datacenter = "dc7" }, Cancellation);
        client = new HttpClient { BaseAddress = registry.Address };
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await registry.DisposeAsync();
    }

    [Fact]
    public async Task It_listens_on_loopback_and_knows_its_datacenter()
    {
        Assert.Equal("127.0.0.1", registry.Address.Host);
        var self = await client.GetStringAsync("/v1/agent/self", Cancellation);
        Assert.Equal("dc7", JsonDocument.Parse(self).RootElement.GetProperty("Config").GetProperty("Datacenter").GetString());
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/v1/health/service/web?dc=dc7", Cancellation)).StatusCode);
    }

    [Fact]
    public async Task A_ttl_runs_out_on_the_given_clock()
    {
        await RegisterAsync("""{"Name":"web","Check":{"TTL":"10s","Status":"passing"}}""");
        Assert.Equal(1, await PassingAsync());
        time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(0, await PassingAsync());
    }

    [Fact]
    public async Task A_critical_service_is_removed_after_no_less_than_a_minute()
    {
        await RegisterAsync("""{"Name":"web","Check":{"TTL":"1h","DeregisterCriticalServiceAfter":"1s"}}""");
        time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(1, await InstancesAsync());
        time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(0, await InstancesAsync());
    }

    [Fact]
    public async Task A_wait_ends_on_the_given_clock()
    {
        var waiting = await WaitAsync("1m");
        time.Advance(TimeSpan.FromMinutes(1) - TimeSpan.FromMilliseconds(1));
        Assert.Equal(1, registry.WaitingQueries);
        time.Advance(TimeSpan.FromMinutes(1) / 16);
        Assert.Equal(HttpStatusCode.OK, (await waiting).StatusCode);
    }

    [Fact]
    public async Task A_caller_who_disconnects_waits_no_more()
    {
        using var caller = new CancellationTokenSource();
        var waiting = client.GetAsync("/v1/health/service/web?index=1000&wait=5m", caller.Token);
        await Eventually.True(() => registry.WaitingQueries == 1, cancellationToken: Cancellation);
        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await Eventually.True(() => registry.WaitingQueries == 0, cancellationToken: Cancellation);
    }

    [Fact]
    public async Task A_stop_answers_those_who_wait()
    {
        var waiting = await WaitAsync("5m");
        await registry.DisposeAsync();
        Assert.Equal(HttpStatusCode.OK, (await waiting).StatusCode);
    }

    [Fact]
    public async Task A_wipe_forgets_everything_and_cuts_those_who_wait()
    {
        await RegisterAsync("""{"Name":"web"}""");
        await RegisterAsync("""{"Name":"web","Port":1}""");
        var before = await IndexAsync();
        var node = registry.NodeId;
        var waiting = await WaitAsync("5m");

        registry.Wipe();

        await Assert.ThrowsAsync<HttpRequestException>(() => waiting);
        Assert.Equal(0, await InstancesAsync());
        Assert.True(await IndexAsync() < before);
        Assert.NotEqual(node, registry.NodeId);
        Assert.Equal("{}", await client.GetStringAsync("/v1/agent/services", Cancellation));
    }

    [Fact]
    public async Task It_compresses_for_those_who_accept_it_only()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/health/service/web");
        request.Headers.Add("Accept-Encoding", "gzip");
        using var response = await client.SendAsync(request, Cancellation);
        Assert.Equal("gzip", Assert.Single(response.Content.Headers.ContentEncoding));
        await using var gzip = new GZipStream(await response.Content.ReadAsStreamAsync(Cancellation), CompressionMode.Decompress);
        Assert.Equal("[]", await new StreamReader(gzip).ReadToEndAsync(Cancellation));

        using var plain = new HttpRequestMessage(HttpMethod.Get, "/v1/health/service/web");
        plain.Headers.Add("Accept-Encoding", "gzip;q=0, br");
        using var uncompressed = await client.SendAsync(plain, Cancellation);
        Assert.Equal("[]", await uncompressed.Content.ReadAsStringAsync(Cancellation));
    }

    [Fact]
    public async Task A_body_beyond_the_limit_is_refused()
    {
        using var body = new StringContent(new string(' ', (int)RegistryRoutes.MaxBodySize + 1));
        using var response = await client.PutAsync("/v1/agent/service/register", body, Cancellation);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
    }

    [Theory]
    [InlineData("v1/health/service/web?filter=x", HttpStatusCode.NotImplemented)]
    [InlineData("v1/catalog/service/web?filter=x", HttpStatusCode.NotImplemented)]
    public async Task What_it_cannot_do_it_says(string path, HttpStatusCode expected) =>
        Assert.Equal(expected, (await client.GetAsync(path, Cancellation)).StatusCode);

    [Fact]
    public async Task An_id_may_hold_slashes_and_spaces()
    {
        await RegisterAsync("""{"ID":"a/b c","Name":"web"}""");
        var body = await client.GetStringAsync("/v1/agent/service/a%2Fb%20c", Cancellation);
        Assert.Equal("a/b c", JsonDocument.Parse(body).RootElement.GetProperty("ID").GetString());
        await client.PutAsync("/v1/agent/service/deregister/a/b%20c", null, Cancellation);
        Assert.Equal(0, await InstancesAsync());
    }

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
    public async Task A_taken_port_is_an_error() =>
        await Assert.ThrowsAsync<IOException>(
            () => DevRegistryServer.StartAsync(new DevRegistryOptions { Port = registry.Address.Port }, Cancellation));

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

    private async Task<Task<HttpResponseMessage>> WaitAsync(string wait)
    {
        var waiting = client.GetAsync($"/v1/health/service/web?index=1000&wait={wait}", Cancellation);
        await Eventually.True(() => registry.WaitingQueries == 1, cancellationToken: Cancellation);
        return waiting;
    }

    private async Task RegisterAsync(string body)
    {
        using var content = new StringContent(body);
        using var response = await client.PutAsync("/v1/agent/service/register", content, Cancellation);
        response.EnsureSuccessStatusCode();
    }

    private Task<int> PassingAsync() => CountAsync("?passing");

    private Task<int> InstancesAsync() => CountAsync("");

    private async Task<int> CountAsync(string query) => JsonDocument
        .Parse(await client.GetStringAsync($"/v1/health/service/web{query}", Cancellation)).RootElement.GetArrayLength();

    private async Task<ulong> IndexAsync()
    {
        using var response = await client.GetAsync("/v1/health/service/web", Cancellation);
        return ulong.Parse(response.Headers.GetValues("X-Consul-Index").Single());
    }
}

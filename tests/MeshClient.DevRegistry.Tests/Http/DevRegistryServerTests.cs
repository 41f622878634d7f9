using System.IO.Compression;
using System.Net;
using System.Text.Json;
using MeshClient.DevRegistry.Http;
using MeshClient.TestKit;
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
    public async Task Times_beyond_the_reach_of_a_timer_hold_all_the_same()
    {
        await RegisterAsync(
            """{"Name":"web","Checks":[{"TTL":"2400h","Status":"passing"},{"TCP":"127.0.0.1:1","Interval":"2400h","Timeout":"2400h","Status":"passing"}]}""");
        time.Advance(TimeSpan.FromDays(20));
        await client.PutAsync("/v1/agent/check/pass/service:web:1", null, Cancellation);
        time.Advance(TimeSpan.FromDays(100) - TimeSpan.FromSeconds(1));
        Assert.Equal("passing", await StatusAsync("service:web:1"));
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("critical", await StatusAsync("service:web:1"));
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

    private async Task<string?> StatusAsync(string checkId) => JsonDocument
        .Parse(await client.GetStringAsync("/v1/agent/checks", Cancellation)).RootElement.GetProperty(checkId).GetProperty("Status").GetString();

    private async Task<ulong> IndexAsync()
    {
        using var response = await client.GetAsync("/v1/health/service/web", Cancellation);
        return ulong.Parse(response.Headers.GetValues("X-Consul-Index").Single());
    }
}

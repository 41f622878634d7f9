using System.Net;
using MeshClient.Endpoints;
using MeshClient.Identity;
using MeshClient.TestKit.Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Time.Testing;

namespace MeshClient.FunctionalTests.Security;

/// <summary>What a new leaf of the calling process, and the end of the old one, do to connections. Sockets are real, the clock is the test's.</summary>
public sealed class LeafRenewalTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private readonly TestAuthority _authority = TestAuthority.Root();
    private readonly GivenIdentity _identity = new();
    private readonly TestLeaf _old;
    private readonly TestLeaf _renewed;
    private MeshApp _app = null!;

    public LeafRenewalTests()
    {
        _old = _authority.Issue(new LeafRequest { Service = "web", NotAfter = _time.GetUtcNow().AddMinutes(10) });
        _renewed = _authority.Issue(new LeafRequest { Service = "web", NotAfter = _time.GetUtcNow().AddMinutes(20) });
    }

    public static TheoryData<HttpProtocols> Protocols => [HttpProtocols.Http1, HttpProtocols.Http2];

    public async ValueTask InitializeAsync()
    {
        _identity.Give(_old, _authority);
        _app = await MeshApp.StartAsync(
            new()
            {
                ["Service:Name"] = "web",
                ["Security:Mode"] = "Strict",
                ["Upstreams:catalog:Timeout"] = "00:30:00",
                ["Upstreams:catalog:IdleTimeout"] = "-00:00:00.001",
            },
            before: services => services.AddSingleton<TimeProvider>(_time).AddSingleton<IIdentitySource>(_identity),
            services: services => services.AddHealthChecks().AddMesh());
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Idle_connections_are_off_the_old_leaf_within_30_s_though_calls_go_on(HttpProtocols protocols)
    {
        await using var server = await ServeAsync(protocols);
        using (await OpenAsync(protocols, "/"))
            Assert.Equal(1, server.Open(_old));
        await RenewAsync(server, protocols);
        // A call without an end: the instance is never without one.
        using var stream = await OpenAsync(protocols, "/stream");

        Advance(TimeSpan.FromSeconds(30));

        await Eventually.True(() => server.Open(_old) == 0);
        Assert.True(server.Open(_renewed) > 0);
        Assert.Equal("end", await TextAsync(protocols, "/"));
        Assert.Equal(_renewed.Certificate.Thumbprint, server.Callers.Last());
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Idle_connections_are_off_the_old_leaf_after_5_s_where_no_call_runs(HttpProtocols protocols)
    {
        await using var server = await ServeAsync(protocols);
        await TextAsync(protocols, "/");
        await RenewAsync(server, protocols);

        Advance(TimeSpan.FromSeconds(5));

        await Eventually.True(() => server.Open(_old) == 0);
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task A_call_that_waits_for_its_answer_is_not_cut_and_its_connection_is_closed_after_it(HttpProtocols protocols)
    {
        await using var server = await ServeAsync(protocols);
        var slow = TextAsync(protocols, "/slow");
        await Eventually.True(() => server.Callers.Count == 1);
        await RenewAsync(server, protocols);

        Advance(TimeSpan.FromMinutes(5));
        server.End();

        Assert.Equal("end", await slow);
        await Eventually.True(() => server.Open(_old) == 0);
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task A_stream_lives_on_over_the_old_connection_and_is_cut_when_the_old_leaf_expires(HttpProtocols protocols)
    {
        await using var server = await ServeAsync(protocols);
        using var onTheOld = await OpenAsync(protocols, "/stream");
        await RenewAsync(server, protocols);
        using var onTheNew = await OpenAsync(protocols, "/stream");

        Advance(TimeSpan.FromMinutes(10) - TimeSpan.FromSeconds(2));
        Assert.Equal(1, server.Open(_old));
        Advance(TimeSpan.FromSeconds(3));

        await Eventually.True(() => server.Open(_old) == 0);
        var error = await Assert.ThrowsAnyAsync<Exception>(() => onTheOld.Content.ReadAsStringAsync());
        Assert.True(error.ToString().Contains("the certificate that it was made by expired", StringComparison.Ordinal), error.ToString());
        // No instance is to blame for it.
        Assert.Equal(0, _app.Endpoint("catalog-1")!.Runs.Errors);
        server.End();
        Assert.Equal("begin end", await onTheNew.Content.ReadAsStringAsync());
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task A_stream_ends_in_time_without_harm_before_the_old_leaf_expires(HttpProtocols protocols)
    {
        await using var server = await ServeAsync(protocols);
        using var stream = await OpenAsync(protocols, "/stream");
        await RenewAsync(server, protocols);

        Advance(TimeSpan.FromMinutes(9));
        server.End();

        Assert.Equal("begin end", await stream.Content.ReadAsStringAsync());
        await Eventually.True(() => server.Open(_old) == 0);
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Without_a_new_leaf_everything_ends_with_the_old_one_and_goes_on_with_the_next(HttpProtocols protocols)
    {
        await using var server = await ServeAsync(protocols);
        using var stream = await OpenAsync(protocols, "/stream");
        Assert.Equal("end", await TextAsync(protocols, "/"));
        Advance(TimeSpan.FromMinutes(10) - TimeSpan.FromSeconds(20));
        Assert.Equal((HealthStatus.Degraded, "end"), (await HealthAsync(), await TextAsync(protocols, "/")));

        Advance(TimeSpan.FromSeconds(21));

        await Eventually.True(() => server.Open(_old) == 0);
        Assert.NotNull(await Record.ExceptionAsync(() => stream.Content.ReadAsStringAsync()));
        var calls = server.Callers.Count;
        var error = await Assert.ThrowsAnyAsync<HttpRequestException>(() => TextAsync(protocols, "/"));
        var own = error as MeshIdentityException ?? Assert.IsType<MeshIdentityException>(error.InnerException);
        Assert.Equal((true, PeerVerdict.Expired), (own.IsOwn, own.Verdict));
        Assert.Contains("the certificate of this process", error.ToString(), StringComparison.Ordinal);
        Assert.Contains("has not been renewed", error.ToString(), StringComparison.Ordinal);
        Assert.Equal((HealthStatus.Unhealthy, calls), (await HealthAsync(), server.Callers.Count));
        Assert.Contains("no connection can be made or taken", Assert.Single(_app.Log.Of(1606)).Text, StringComparison.Ordinal);

        await RenewAsync(server, protocols);
        Assert.Equal((HealthStatus.Healthy, EndpointStanding.Active), (await HealthAsync(), _app.Endpoint("catalog-1")!.Standing));
    }

    private async Task<LeafServer> ServeAsync(HttpProtocols protocols)
    {
        var server = await LeafServer.StartAsync(_authority.Issue(new LeafRequest { Service = "catalog" }), protocols);
        _app.Registry.Say("catalog", server.Endpoint);
        return server;
    }

    // The next call, and all after it, go by the new leaf.
    private async Task RenewAsync(LeafServer server, HttpProtocols protocols)
    {
        _identity.Give(_renewed, _authority);
        await Eventually.True(() => _app.Log.Of(1600).Count() == 2);
        await Eventually.True(async () => await TextAsync(protocols, "/") == "end" && server.Callers.Last() == _renewed.Certificate.Thumbprint);
    }

    private void Advance(TimeSpan by)
    {
        for (var until = _time.GetUtcNow() + by; _time.GetUtcNow() < until;)
            _time.Advance(TimeSpan.FromSeconds(1));
    }

    private async Task<HttpResponseMessage> OpenAsync(HttpProtocols protocols, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://catalog{path}")
        {
            Version = protocols == HttpProtocols.Http1 ? HttpVersion.Version11 : HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        return await _app.Client().SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    private async Task<string> TextAsync(HttpProtocols protocols, string path)
    {
        using var response = await OpenAsync(protocols, path);
        return await response.Content.ReadAsStringAsync();
    }

    private async Task<HealthStatus> HealthAsync() =>
        (await _app.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync()).Entries["mesh_identity"].Status;
}

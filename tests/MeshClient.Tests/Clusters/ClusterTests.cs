using System.Net;
using MeshClient.Clusters;
using MeshClient.Discovery;
using MeshClient.Endpoints;
using MeshClient.Http;
using MeshClient.Model;
using MeshClient.Tests.Doubles;

namespace MeshClient.Tests.Clusters;

public sealed class ClusterTests : IDisposable
{
    private readonly MeshHarness _mesh = new(o => o.Retry.MaxAttempts = 1, context => new InTurn(context));

    public void Dispose() => _mesh.Dispose();

    [Fact]
    public async Task The_first_call_waits_for_the_registrys_first_word()
    {
        var call = _mesh.GetAsync();
        Assert.False(call.IsCompleted);
        _mesh.Catalogs("a1");
        Assert.Equal(HttpStatusCode.OK, (await _mesh.RunAsync(call)).StatusCode);
    }

    [Fact]
    public async Task It_does_not_wait_for_ever_and_says_what_the_registry_says()
    {
        _mesh.Watches.Say("catalog", new WatchState(null, null, "connection refused at http://127.0.0.1:8500."));
        var began = _mesh.Time.GetUtcNow();
        var error = await Assert.ThrowsAsync<MeshUnavailableException>(() => _mesh.RunAsync(_mesh.GetAsync()));
        Assert.Equal(UnavailableReason.NotKnownYet, error.Reason);
        Assert.Equal(TimeSpan.FromSeconds(5), _mesh.Time.GetUtcNow() - began);
        Assert.Contains("after 5 s", error.Message, StringComparison.Ordinal);
        Assert.Contains("connection refused", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_service_without_instances_fails_at_once()
    {
        _mesh.Catalogs();
        var error = await Assert.ThrowsAsync<MeshUnavailableException>(() => _mesh.RunAsync(_mesh.GetAsync()));
        Assert.Equal(UnavailableReason.NoInstances, error.Reason);
        Assert.Equal("catalog", error.Service);
    }

    [Fact]
    public async Task A_service_without_usable_instances_says_why()
    {
        _mesh.Watches.Say("catalog",
            MeshHarness.Endpoint("a1", EndpointHealth.Critical), MeshHarness.Endpoint("a2", EndpointHealth.Maintenance), MeshHarness.Endpoint("a3", weight: 0));
        var error = await Assert.ThrowsAsync<MeshUnavailableException>(() => _mesh.RunAsync(_mesh.GetAsync()));
        Assert.Equal(UnavailableReason.NoneUsable, error.Reason);
        Assert.Contains("1 critical, 1 maintenance, 1 weight or port 0", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_fault_of_the_registry_leaves_the_last_good_set_in_place()
    {
        _mesh.Catalogs("a1");
        var good = _mesh.Catalog.State.Watch.LastGood;
        _mesh.Watches.Say("catalog", new WatchState(good, _mesh.Time.GetUtcNow(), "500 No cluster leader"));
        _mesh.Time.Advance(TimeSpan.FromHours(5));
        Assert.Equal(HttpStatusCode.OK, (await _mesh.RunAsync(_mesh.GetAsync())).StatusCode);
    }

    [Fact]
    public async Task An_endpoint_keeps_its_state_and_its_transport_when_others_come_and_go()
    {
        _mesh.Catalogs("a1", "a2");
        await Calls(4);
        var before = _mesh.Catalog.State.Available[0];
        _mesh.Catalogs("a1", "a3");
        await Calls(4);
        Assert.Same(before, _mesh.Catalog.State.Available[0]);
        Assert.Equal(["a1", "a2", "a3"], _mesh.Transports.Made.Order());
    }

    [Fact]
    public async Task The_transport_of_an_endpoint_that_is_gone_is_closed_when_its_calls_have_ended()
    {
        _mesh.Catalogs("a1", "a2");
        await Calls(2);
        _mesh.Transports.Answers(_ => new HttpResponseMessage { Content = new StreamContent(new OneShotStream()) });
        var open = new List<HttpResponseMessage>();
        for (var i = 0; i < 2; i++)
            open.Add(await _mesh.RunAsync(_mesh.Client.GetAsync("http://catalog/", HttpCompletionOption.ResponseHeadersRead)));
        _mesh.Catalogs("a1");
        _mesh.Time.Advance(RetiredTransports.Grace * 3);
        Assert.Empty(_mesh.Transports.Closed);
        open.ForEach(r => r.Dispose());
        _mesh.Time.Advance(RetiredTransports.Grace);
        Assert.Equal(["a2"], _mesh.Transports.Closed);
    }

    [Fact]
    public async Task A_failing_endpoint_is_ejected_comes_back_on_probation_and_proves_itself()
    {
        _mesh.Catalogs("a1", "a2", "a3");
        _mesh.Transports.Answers(e => new HttpResponseMessage(e.InstanceId == "a2" ? HttpStatusCode.ServiceUnavailable : HttpStatusCode.OK));
        await Calls(15);
        Assert.Equal(["a1", "a3"], Available());

        _mesh.Time.Advance(TimeSpan.FromSeconds(34));
        Assert.Equal(["a1", "a2", "a3"], Available());
        Assert.Equal(EndpointStanding.Probation, Find("a2").Standing);

        _mesh.Transports.Answers(_ => new HttpResponseMessage());
        await Calls(15);
        Assert.Equal(EndpointStanding.Active, Find("a2").Standing);
    }

    [Fact]
    public async Task Below_the_panic_threshold_ejected_endpoints_are_used_as_well()
    {
        using var mesh = new MeshHarness(
            o =>
            {
                o.Retry.MaxAttempts = 1;
                o.OutlierDetection.MaxEjectionPercent = 100;
            },
            context => new InTurn(context));
        mesh.Catalogs("a1", "a2", "a3");
        mesh.Transports.Answers(_ => new HttpResponseMessage(HttpStatusCode.ServiceUnavailable));
        for (var i = 0; i < 15; i++)
            await mesh.RunAsync(mesh.GetAsync());
        Assert.True(mesh.Catalog.State.IsPanic);
        Assert.Equal(3, mesh.Catalog.State.Available.Length);
    }

    [Fact]
    public async Task New_settings_keep_budget_ejections_and_connections()
    {
        _mesh.Catalogs("a1", "a2", "a3");
        _mesh.Transports.Answers(e => new HttpResponseMessage(e.InstanceId == "a2" ? HttpStatusCode.ServiceUnavailable : HttpStatusCode.OK));
        await Calls(15);
        var cluster = _mesh.Catalog;
        var balance = cluster.Budget.Balance(TimeSpan.FromTicks(_mesh.Time.GetTimestamp()));
        _mesh.Clusters.Update(_mesh.Plan with
        {
            Upstreams = new Dictionary<string, UpstreamOptions> { ["catalog"] = new() { LoadBalancing = "RoundRobin", Timeout = TimeSpan.FromSeconds(1) } },
        });
        Assert.Same(cluster, _mesh.Catalog);
        Assert.Equal(["a1", "a3"], Available());
        Assert.Equal(balance, cluster.Budget.Balance(TimeSpan.FromTicks(_mesh.Time.GetTimestamp())));
        Assert.Empty(_mesh.Transports.Closed);
        Assert.Equal(TimeSpan.FromSeconds(1), cluster.Options.Timeout);
    }

    [Fact]
    public void Names_that_nobody_declared_are_limited_until_some_are_no_longer_used()
    {
        for (var i = 0; i < ClusterTable.MostUndeclared; i++)
            Assert.NotNull(_mesh.Clusters.Find(new Uri($"http://s{i}.mesh/")));
        var error = Assert.Throws<HttpRequestException>(() => _mesh.Clusters.Find(new Uri("http://one-more.mesh/")));
        Assert.Contains("Mesh:Upstreams", error.Message, StringComparison.Ordinal);
        Assert.NotNull(_mesh.Clusters.Find(new Uri("http://s7.mesh/")));
        Assert.NotNull(_mesh.Clusters.Find(new Uri("http://catalog/")));

        _mesh.Time.Advance(ClusterTable.IdleLimit * 3);
        Assert.NotNull(_mesh.Clusters.Find(new Uri("http://one-more.mesh/")));
    }

    [Fact]
    public void A_name_nobody_declared_is_dropped_when_nobody_uses_it()
    {
        var orders = _mesh.Clusters.Find(new Uri("http://orders.mesh/"));
        Assert.NotNull(orders);
        Assert.NotNull(_mesh.Catalog);
        Assert.Equal(2, _mesh.Watches.Open);
        _mesh.Time.Advance(ClusterTable.IdleLimit * 3);
        Assert.Equal(1, _mesh.Watches.Open);
        Assert.Same(_mesh.Catalog, _mesh.Clusters.All.Single());
    }

    private async Task Calls(int count)
    {
        for (var i = 0; i < count; i++)
            (await _mesh.RunAsync(_mesh.GetAsync())).Dispose();
    }

    private string[] Available() => [.. _mesh.Catalog.State.Available.Select(e => e.Endpoint.InstanceId)];

    private EndpointState Find(string id) => _mesh.Catalog.State.Available.Single(e => e.Endpoint.InstanceId == id);

    /// <summary>A policy of a user's own: strictly in turn.</summary>
    private sealed class InTurn(MeshClient.Balancing.PickerContext context) : MeshClient.Balancing.IPicker
    {
        private int _next;

        public EndpointState? Pick(in MeshClient.Balancing.PickContext pick) =>
            context.Endpoints.IsEmpty ? null : context.Endpoints[_next++ % context.Endpoints.Length];
    }
}

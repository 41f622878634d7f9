using System.Net;
using System.Reflection;
using MeshClient.Clusters;
using MeshClient.Endpoints;
using MeshClient.Primitives;
using MeshClient.Tests.Doubles;
using MeshClient.Transport;

namespace MeshClient.Tests.Clusters;

/// <summary>What a reload keeps: budget, measures, ejections and, but for new settings of their own, connections.</summary>
public sealed class ReloadedClusterTests : IDisposable
{
    private readonly MeshHarness _mesh = new(o => (o.LoadBalancing, o.Retry.MaxAttempts) = ("RoundRobin", 1));

    public void Dispose() => _mesh.Dispose();

    [Fact]
    public async Task The_budget_stays()
    {
        _mesh.Catalogs("a1");
        await Calls(50);
        var before = _mesh.Catalog.Budget.Balance(_mesh.Time.Now());
        for (var i = 0; i < 5; i++)
            Assert.True(_mesh.Catalog.Budget.TryWithdraw(_mesh.Time.Now()));
        Reload(o => o.Timeout = TimeSpan.FromSeconds(1));
        Assert.Equal(before - 5, _mesh.Catalog.Budget.Balance(_mesh.Time.Now()));
    }

    [Fact]
    public async Task The_measures_stay()
    {
        _mesh.Catalogs("a1", "a2");
        await Calls(10);
        var a1 = Find("a1");
        Make.Measured(a1, 40, _mesh.Time.Now());
        Make.Fails(a1, Outcome.ServerError, _mesh.Time.Now(), 2);
        var before = (a1.Latency.Milliseconds(_mesh.Time.Now()), a1.Penalty.Raw);
        Assert.NotEqual(0ul, before.Raw);
        Reload(o => (o.LoadBalancing, o.Balancing.SlowStartWindow) = ("PeakEwma", TimeSpan.Zero));
        Assert.Same(a1, Find("a1"));
        Assert.Equal(before, (a1.Latency.Milliseconds(_mesh.Time.Now()), a1.Penalty.Raw));
    }

    [Fact]
    public async Task Ejections_stay()
    {
        _mesh.Catalogs("a1", "a2", "a3");
        _mesh.Transports.Answers(e => new HttpResponseMessage(e.InstanceId == "a2" ? HttpStatusCode.ServiceUnavailable : HttpStatusCode.OK));
        await Calls(15);
        Reload(o => (o.LoadBalancing, o.OutlierDetection.BaseEjectionTime) = ("LeastRequest", TimeSpan.FromSeconds(60)));
        Assert.Equal(["a1", "a3"], _mesh.Catalog.State.Available.Select(e => e.Endpoint.InstanceId));
    }

    [Fact]
    public async Task Connections_stay_and_the_time_of_the_first_snapshot_may_change()
    {
        _mesh.Catalogs("a1", "a2");
        await Calls(2);
        var cluster = _mesh.Catalog;
        _mesh.Clusters.Update(Plan(o => o.Transport = new TransportOptions()) with { FirstSnapshotTimeout = TimeSpan.FromSeconds(9) });
        await Calls(2);
        _mesh.Time.Advance(RetiredTransports.Grace * 3);
        Assert.Same(cluster, _mesh.Catalog);
        Assert.Equal(TimeSpan.FromSeconds(9), cluster.FirstSnapshotTimeout);
        Assert.Equal(["a1", "a2"], _mesh.Transports.Made.Order());
        Assert.Empty(_mesh.Transports.Closed);
    }

    [Fact]
    public async Task New_settings_of_the_transport_make_new_transports_and_the_old_ones_are_closed_when_idle()
    {
        _mesh.Catalogs("a1");
        await Calls(1);
        Reload(o => o.Transport.ConnectTimeout = TimeSpan.FromSeconds(1));
        await Calls(2);
        Assert.Equal(["a1", "a1"], _mesh.Transports.Made);
        Assert.Empty(_mesh.Transports.Closed);
        _mesh.Time.Advance(RetiredTransports.Grace);
        Assert.Equal(["a1"], _mesh.Transports.Closed);
        await Calls(1);
        Assert.Equal(2, _mesh.Transports.Made.Count);
    }

    [Fact]
    public async Task Under_load_without_a_pause_an_old_transport_is_closed_when_its_last_call_must_have_its_answer()
    {
        Reload(o => (o.LoadBalancing, o.Timeout) = ("RoundRobin", TimeSpan.FromSeconds(45)));
        _mesh.Catalogs("a1");
        _mesh.Transports.Answers(_ => new HttpResponseMessage { Content = new StreamContent(new OneShotStream()) });
        using var onTheOld = await OpenAsync();
        Reload(o => o.Transport.MaxConnectionsPerEndpoint = 8);
        using var onTheNew = await OpenAsync();
        _mesh.Time.Advance(RetiredTransports.Grace + TimeSpan.FromSeconds(44));
        Assert.Empty(_mesh.Transports.Closed);
        _mesh.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["a1"], _mesh.Transports.Closed);
        using var another = await OpenAsync();
        Assert.Equal(2, _mesh.Transports.Made.Count);
    }

    [Fact]
    public void Every_setting_of_the_transport_counts_as_one_of_its_own()
    {
        foreach (var property in typeof(TransportOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            var other = new TransportOptions();
            Assert.True(new TransportOptions().IsLike(other));
            property.SetValue(other, Another(property.GetValue(other), property.PropertyType));
            Assert.False(new TransportOptions().IsLike(other), property.Name);
        }
    }

    private static object Another(object? value, Type type) => value switch
    {
        TimeSpan time => time + TimeSpan.FromSeconds(1),
        int number => number - 1,
        bool truth => !truth,
        null when type == typeof(TimeSpan?) => TimeSpan.FromSeconds(1),
        _ => throw new NotSupportedException($"Teach this test another value of {type}."),
    };

    private ClusterPlan Plan(Action<UpstreamOptions> change)
    {
        var options = new UpstreamOptions { LoadBalancing = "RoundRobin", Retry = { MaxAttempts = 1 } };
        change(options);
        return _mesh.Plan with { Upstreams = new Dictionary<string, UpstreamOptions> { ["catalog"] = options } };
    }

    private void Reload(Action<UpstreamOptions> change) => _mesh.Clusters.Update(Plan(change));

    private async Task Calls(int count)
    {
        for (var i = 0; i < count; i++)
            (await _mesh.RunAsync(_mesh.GetAsync())).Dispose();
    }

    private Task<HttpResponseMessage> OpenAsync() =>
        _mesh.RunAsync(_mesh.Client.GetAsync("http://catalog/", HttpCompletionOption.ResponseHeadersRead));

    private EndpointState Find(string id) => _mesh.Catalog.State.Available.Single(e => e.Endpoint.InstanceId == id);
}

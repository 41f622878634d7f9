using System.Net;
using MeshClient.Clusters;
using MeshClient.Model;
using MeshClient.Tests.Doubles;

namespace MeshClient.Tests.Clusters;

public sealed class ClusterGaugesTests : IDisposable
{
    private readonly MeshHarness _mesh = new();
    private readonly TestMeters _meters = new();
    private readonly Measurements _seen;

    public ClusterGaugesTests()
    {
        ClusterGauges.Observe(_mesh.Clusters, _meters);
        _seen = new Measurements(_meters);
    }

    [Fact]
    public void Endpoints_are_counted_by_how_they_stand()
    {
        _mesh.Clusters.WatchDeclared();
        Assert.Equal([States("active", 0), States("ejected", 0), States("probation", 0), States("not_serving", 0), States("unusable", 0)], _seen.Take("mesh.endpoints"));

        _mesh.Watches.Say("catalog", MeshHarness.Endpoint("a"), MeshHarness.Endpoint("b"), MeshHarness.Endpoint("c"),
            MeshHarness.Endpoint("d", EndpointHealth.Critical), MeshHarness.Endpoint("e", EndpointHealth.Maintenance), MeshHarness.Endpoint("f", weight: 0));
        Assert.Equal([States("active", 3), States("ejected", 0), States("probation", 0), States("not_serving", 0), States("unusable", 3)], _seen.Take("mesh.endpoints"));

        _mesh.Eject("a");
        Assert.Equal([States("active", 2), States("ejected", 1), States("probation", 0), States("not_serving", 0), States("unusable", 3)], _seen.Take("mesh.endpoints"));

        _mesh.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal([States("active", 2), States("ejected", 0), States("probation", 1), States("not_serving", 0), States("unusable", 3)], _seen.Take("mesh.endpoints"));
    }

    [Fact]
    public void Endpoints_that_report_are_counted_where_the_policy_goes_by_it()
    {
        _mesh.Catalogs("a1", "a2", "a3");
        Assert.Empty(_seen.Take("mesh.balancing.reporting"));
        _mesh.Catalog.Update(new UpstreamOptions { LoadBalancing = "WeightedRoundRobin" });
        Assert.Equal(["mesh.service=catalog 0"], _seen.Take("mesh.balancing.reporting"));

        foreach (var endpoint in _mesh.Catalog.Endpoints.Take(2))
            endpoint.RecordReport(10, _mesh.Time.GetElapsedTime(0));
        _mesh.Time.Advance(TimeSpan.FromSeconds(11));

        Assert.Equal(["mesh.service=catalog 2"], _seen.Take("mesh.balancing.reporting"));
    }

    [Fact]
    public async Task Attempts_are_in_flight_until_the_end_of_the_body()
    {
        var body = new TaskCompletionSource<HttpResponseMessage>();
        _mesh.Transports.Answer = (_, _, _) => body.Task;
        _mesh.Catalogs("a");
        var call = _mesh.Client.GetAsync("http://catalog/", HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(["mesh.service=catalog 1"], _seen.Take("mesh.client.active_attempts"));

        body.SetResult(new HttpResponseMessage { Content = new ByteArrayContent([1, 2, 3]) });
        var response = await call;
        Assert.Equal(["mesh.service=catalog 1"], _seen.Take("mesh.client.active_attempts"));
        await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
        Assert.Equal(["mesh.service=catalog 0"], _seen.Take("mesh.client.active_attempts"));
    }

    [Fact]
    public async Task The_budget_is_what_retries_are_left()
    {
        var options = _mesh.Catalog.Options.Retry;
        _mesh.Catalogs("a", "b");
        Assert.Equal([$"mesh.service=catalog {options.BudgetPerSecond * 10}"], _seen.Take("mesh.retries.budget"));

        var calls = 0;
        _mesh.Transports.Answer = (_, _, _) =>
            Task.FromResult(new HttpResponseMessage(calls++ == 0 ? HttpStatusCode.ServiceUnavailable : HttpStatusCode.OK));
        await _mesh.RunAsync(_mesh.GetAsync());

        var left = (options.BudgetPerSecond * 10) + options.BudgetRatio - 1;
        Assert.Equal([FormattableString.Invariant($"mesh.service=catalog {left}")], _seen.Take("mesh.retries.budget"));
    }

    [Fact]
    public void Panic_shows()
    {
        _mesh.Catalogs("a", "b");
        _mesh.Catalog.Options.Balancing.PanicThresholdPercent = 60;
        Assert.Equal(["mesh.service=catalog 0"], _seen.Take("mesh.balancing.panic"));
        _mesh.Eject("a");
        Assert.Equal(["mesh.service=catalog 1"], _seen.Take("mesh.balancing.panic"));
    }

    [Fact]
    public void A_dropped_cluster_is_reported_no_more()
    {
        _mesh.Clusters.Find(new Uri("http://stray.mesh/"));
        Assert.Contains("mesh.service=stray 0", _seen.Take("mesh.balancing.panic"));
        _mesh.Time.Advance(ClusterTable.IdleLimit * 2);
        Assert.DoesNotContain("mesh.service=stray 0", _seen.Take("mesh.balancing.panic"));
    }

    public void Dispose()
    {
        _seen.Dispose();
        _mesh.Dispose();
        _meters.Dispose();
    }

    private static string States(string state, int count) => $"mesh.service=catalog,mesh.endpoint.state={state} {count}";
}

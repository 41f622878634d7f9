using System.Collections.Concurrent;
using System.Net;
using MeshClient.Balancing.Pickers;
using MeshClient.LoadReports;
using MeshClient.Primitives;
using MeshClient.Tests.Doubles;

namespace MeshClient.Tests.Clusters;

/// <summary>Endpoints are asked for their load beside the calls, where the policy goes by it.</summary>
public sealed class LoadReportWatchesTests : IDisposable
{
    private readonly MeshHarness _mesh = new(o =>
    {
        o.LoadBalancing = "WeightedRoundRobin";
        o.Balancing.WeightedRoundRobin.BlackoutPeriod = TimeSpan.Zero;
        o.Balancing.WeightedRoundRobin.OutOfBandPeriod = TimeSpan.FromSeconds(10);
    });

    private readonly ConcurrentQueue<(string Id, HttpRequestMessage Request, CancellationToken Stop)> _asked = new();
    private readonly ConcurrentDictionary<string, HealthWatch> _streams = new();

    public LoadReportWatchesTests()
    {
        _mesh.Transports.Answer = (endpoint, request, stop) =>
        {
            if (request.RequestUri!.AbsolutePath != LoadReportRequest.Path)
                return Task.FromResult(Reported(cpu: 0.5));
            var stream = new HealthWatch();
            _streams[endpoint.InstanceId] = stream;
            _asked.Enqueue((endpoint.InstanceId, request, stop));
            return Task.FromResult(stream.Response);
        };
    }

    public void Dispose() => _mesh.Dispose();

    [Fact]
    public async Task Shares_go_by_what_the_streams_say_and_by_nothing_else()
    {
        await StartAsync("a1", "a2");
        (await _mesh.RunAsync(_mesh.GetAsync())).Dispose();
        Assert.Equal(0, Reporting());

        Say("a1", cpu: 0.9);
        Say("a2", cpu: 0.3);
        await Eventually.True(() => Reporting() == 2);

        _mesh.Transports.Sent.Clear();
        for (var i = 0; i < 40; i++)
            (await _mesh.RunAsync(_mesh.GetAsync())).Dispose();
        Assert.Equal(10, _mesh.Transports.Sent.Count(s => s.InstanceId == "a1"));
    }

    [Fact]
    public async Task An_endpoint_is_asked_at_the_interval_that_is_set()
    {
        await StartAsync("a1");
        var (_, request, _) = Assert.Single(_asked);

        Assert.Equal(LoadReportRequest.Message(TimeSpan.FromSeconds(10)), await request.Content!.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task An_endpoint_that_goes_is_asked_no_more()
    {
        await StartAsync("a1", "a2");

        _mesh.Catalogs("a2");

        await Eventually.True(() => _asked.Single(a => a.Id == "a1").Stop.IsCancellationRequested);
        Assert.False(_asked.Single(a => a.Id == "a2").Stop.IsCancellationRequested);
    }

    [Fact]
    public async Task A_stream_that_breaks_or_says_nonsense_is_begun_again_after_a_wait()
    {
        await StartAsync("a1");

        _streams["a1"].Write([0, 0, 0, 0, 1, 0xFF]);
        await AskedAsync(2);
        _streams["a1"].Break();
        await AskedAsync(3);
        Say("a1", cpu: 0.5);
        await Eventually.True(() => Reporting() == 1);

        // It does not know the method, and is asked again after long.
        var before = _mesh.Time.Now();
        _streams["a1"].End("12");
        await AskedAsync(4);
        Assert.True(_mesh.Time.Now() - before >= TimeSpan.FromMinutes(1));
    }

    private async Task StartAsync(params string[] ids)
    {
        _mesh.Catalogs(ids);
        _ = _mesh.Catalog;
        await Eventually.True(() => _asked.Count == ids.Length);
    }

    private async Task AskedAsync(int count)
    {
        var limit = _mesh.Time.GetUtcNow() + TimeSpan.FromMinutes(2);
        await Eventually.True(() => _asked.Count >= count || (_mesh.Time.JumpToNext(limit) && _asked.Count >= count));
    }

    // The picker looks at the reports when its time has come.
    private int Reporting()
    {
        _mesh.Time.Advance(TimeSpan.FromSeconds(1));
        return ((WeightedRoundRobinPicker)_mesh.Catalog.State.Picker).Reported;
    }

    private void Say(string id, double cpu) => _streams[id].Write(LoadReportWriter.Message(new() { CpuUtilization = cpu, RequestsPerSecond = 10 }));

    private static HttpResponseMessage Reported(double cpu)
    {
        var response = new HttpResponseMessage(HttpStatusCode.OK);
        response.Headers.Add(LoadReportHeader.Name, LoadReportWriter.Header(LoadReportWriter.Message(new() { CpuUtilization = cpu, RequestsPerSecond = 10 })));
        return response;
    }
}

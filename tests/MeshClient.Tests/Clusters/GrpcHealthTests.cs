using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using MeshClient.Model;
using MeshClient.Primitives;
using MeshClient.Tests.Doubles;

namespace MeshClient.Tests.Clusters;

/// <summary>Which endpoints get calls, by what grpc.health.v1 says of them.</summary>
public sealed class GrpcHealthTests : IDisposable
{
    private const byte Serving = 1, NotServing = 2, ServiceUnknown = 3;

    private readonly MeshHarness _mesh = new(o =>
    {
        o.Grpc.HealthCheck = true;
        o.Grpc.HealthCheckService = "shop.Catalog";
        o.LoadBalancing = "RoundRobin";
        o.Balancing.SlowStartWindow = TimeSpan.Zero;
    });

    private readonly ConcurrentQueue<(string Id, TimeSpan At, HttpRequestMessage Request, CancellationToken Stop)> _asked = new();
    private readonly ConcurrentDictionary<string, HealthWatch> _watches = new();

    public GrpcHealthTests() => _mesh.Transports.Answer = Watch;

    public void Dispose() => _mesh.Dispose();

    [Fact]
    public async Task One_that_does_not_serve_gets_no_calls_until_it_does()
    {
        await StartAsync("a1", "a2", "a3");
        Assert.Equal(3, Available.Length);

        _watches["a1"].Say(NotServing);
        await AvailableAsync("a2", "a3");
        Assert.DoesNotContain("a1", await CalledAsync());
        Assert.StartsWith("catalog: a1 (127.0.0.1:5049) does not serve by its gRPC health check", Assert.Single(_mesh.Log.Of(1206)), StringComparison.Ordinal);

        _watches["a1"].Say(Serving);
        await AvailableAsync("a1", "a2", "a3");
        Assert.Contains("a1", await CalledAsync());
        Assert.Single(_mesh.Log.Of(1207));
        Assert.Equal(3, _asked.Count);
    }

    [Fact]
    public async Task A_service_that_the_server_does_not_know_is_not_served()
    {
        await StartAsync("a1", "a2", "a3");
        _watches["a2"].Say(ServiceUnknown);
        await AvailableAsync("a1", "a3");
    }

    [Fact]
    public async Task The_watch_is_a_gRPC_call_for_the_service()
    {
        await StartAsync("a1");
        var (_, _, request, _) = Assert.Single(_asked);
        Assert.Equal(("http://catalog/grpc.health.v1.Health/Watch", HttpVersion.Version20, "trailers"),
            (request.RequestUri!.AbsoluteUri, request.Version, request.Headers.TE.ToString()));
        Assert.Equal("application/grpc", request.Content!.Headers.ContentType!.MediaType);
        Assert.Equal(MeshClient.Grpc.GrpcHealth.Encode("shop.Catalog"), await request.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_server_that_does_not_know_the_protocol_serves_and_is_asked_again_after_a_long_wait(bool isBehindTheBody)
    {
        await StartAsync("a1", "a2");
        _watches["a1"].Say(NotServing);
        await AvailableAsync("a2");
        _watches["a1"].Break();
        await AskedAsync(3, () =>
        {
            if (!isBehindTheBody)
                _mesh.Transports.Answer = (endpoint, request, stop) =>
                {
                    _asked.Enqueue((endpoint.InstanceId, _mesh.Time.Now(), request, stop));
                    return Task.FromResult(Unimplemented());
                };
        });
        if (isBehindTheBody)
            _watches["a1"].End("12");
        await AvailableAsync("a1", "a2");

        // Another server stands there now.
        _mesh.Transports.Answer = Watch;
        var before = _mesh.Time.Now();
        var (_, at, _, _) = await AskedAsync(4);
        Assert.InRange((at - before).TotalSeconds, 60, 120);
        Assert.Equal(["a1", "a2"], Available);
        _watches["a1"].Say(NotServing);
        await AvailableAsync("a2");
    }

    [Fact]
    public async Task A_stream_that_breaks_speaks_against_the_endpoint_and_is_begun_again_after_longer_and_longer_waits()
    {
        await StartAsync("a1", "a2");
        _watches["a1"].Say(Serving);
        _watches["a1"].Break();
        await AvailableAsync("a2");
        for (var attempt = 1; attempt <= 9; attempt++)
        {
            var before = _mesh.Time.Now();
            var (_, at, _, _) = await AskedAsync(2 + attempt);
            var bound = Math.Min(120, Math.Pow(2, attempt - 1));
            Assert.InRange((at - before).TotalSeconds, bound / 2, bound);
            Assert.Equal(["a2"], Available);
            // Without a word of health.
            _watches["a1"].End(attempt % 2 == 0 ? "14" : "0");
        }
        await AskedAsync(12);

        _watches["a1"].Say(Serving);
        await AvailableAsync("a1", "a2");
        // The word began the waits anew.
        _watches["a1"].Break();
        await AvailableAsync("a2");
        var now = _mesh.Time.Now();
        Assert.InRange(((await AskedAsync(13)).At - now).TotalSeconds, 0.5, 1);
    }

    [Fact]
    public async Task Statuses_that_come_as_fast_as_they_can_are_not_taken_in_and_the_next_stream_says_how_it_is()
    {
        await StartAsync("a1", "a2");
        var began = _mesh.Time.Now();
        var flood = _watches["a1"];
        for (var i = 0; i < 1_000; i++)
            flood.Say(i % 2 == 0 ? NotServing : Serving);

        var (_, at, _, _) = await AskedAsync(3);

        Assert.Equal(10, (at - began).TotalSeconds);
        // Five, of which the last says that it does not serve.
        Assert.Equal((3, 2), (_mesh.Log.Of(1206).Count(), _mesh.Log.Of(1207).Count()));
        Assert.Equal(["a2"], Available);
        Assert.True(flood.IsLeft);

        _watches["a1"].Say(Serving);
        await AvailableAsync("a1", "a2");
        _watches["a1"].Say(NotServing);
        await AvailableAsync("a2");
        Assert.Equal((3, at), (_asked.Count, _mesh.Time.Now()));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public async Task A_server_that_ends_its_streams_is_not_heard_more_often(int statuses)
    {
        var changes = new ConcurrentQueue<TimeSpan>();
        _mesh.Log.Told = id =>
        {
            if (id is 1206 or 1207)
                changes.Enqueue(_mesh.Time.Now());
        };
        _mesh.Transports.Answer = (endpoint, request, stop) =>
        {
            var answer = Watch(endpoint, request, stop);
            for (var i = 0; i < statuses; i++)
                _watches[endpoint.InstanceId].Say(i % 2 == 0 ? Serving : NotServing);
            _watches[endpoint.InstanceId].End("0");
            return answer;
        };
        _mesh.Catalogs("a1");
        _ = _mesh.Catalog;
        await AskedAsync(12);

        // Five, and the break of the last stream.
        Assert.All(changes, at => Assert.InRange(changes.Count(other => other > at - TimeSpan.FromSeconds(10) && other <= at), 1, 6));
        // It is heard on, and no stream is opened in vain: each but the first and the last brings its word and its break.
        Assert.InRange(changes.Count, 2 * 10, int.MaxValue);
    }

    [Fact]
    public async Task A_logger_that_throws_ends_no_watch()
    {
        await StartAsync("a1", "a2");
        _mesh.Log.Told = id =>
        {
            if (id == 1206)
                throw new InvalidOperationException("The disk is full.");
        };

        _watches["a1"].Break();

        await AvailableAsync("a2");
        await AskedAsync(3);
        _watches["a1"].Say(Serving);
        await AvailableAsync("a1", "a2");
    }

    [Fact]
    public async Task What_is_no_answer_speaks_against_the_endpoint()
    {
        await StartAsync("a1", "a2");
        _watches["a1"].Write([0, 0xff, 0xff, 0xff, 0xff]);
        await AvailableAsync("a2");
    }

    [Fact]
    public async Task Where_none_serves_all_are_called()
    {
        await StartAsync("a1", "a2");
        _watches["a1"].Say(NotServing);
        await AvailableAsync("a2");
        _watches["a2"].Say(NotServing);
        await AvailableAsync("a1", "a2");
        Assert.True(_mesh.Catalog.State.IsPanic);
    }

    [Fact]
    public async Task The_watch_ends_with_its_endpoint_and_with_the_setting()
    {
        await StartAsync("a1", "a2", "a3");
        _mesh.Catalogs("a2", "a3");
        Assert.True(_asked.Single(a => a.Id == "a1").Stop.IsCancellationRequested);
        _watches["a2"].Say(NotServing);
        await AvailableAsync("a3");

        _mesh.Catalog.Update(new() { LoadBalancing = "RoundRobin" });

        Assert.Equal(["a2", "a3"], Available);
        Assert.All(_asked, a => Assert.True(a.Stop.IsCancellationRequested));
    }

    [Fact]
    public async Task A_new_leaf_brings_new_streams_and_no_doubt()
    {
        await StartAsync("a1", "a2");
        _watches["a1"].Say(NotServing);
        await AvailableAsync("a2");

        _mesh.Catalog.TakeLeaf();

        await AskedAsync(4);
        Assert.Equal(["a2"], Available);
        Assert.Equal(2, _asked.Count(a => a.Stop.IsCancellationRequested));
    }

    [Fact]
    public void Nobody_is_asked_where_the_setting_is_off()
    {
        using var mesh = new MeshHarness();
        mesh.Catalogs("a1");
        Assert.Single(mesh.Catalog.State.Available);
        Assert.Empty(mesh.Transports.Sent);
    }

    private string[] Available => [.. _mesh.Catalog.State.Available.Select(e => e.Endpoint.InstanceId).Order(StringComparer.Ordinal)];

    private async Task StartAsync(params string[] ids)
    {
        _mesh.Catalogs(ids);
        _ = _mesh.Catalog;
        await Eventually.True(() => _asked.Count == ids.Length);
    }

    private Task AvailableAsync(params string[] ids) => Eventually.True(() => Available.SequenceEqual(ids));

    // Lets virtual time jump to the next timer, which is the wait of the stream that broke, until that many watches have begun.
    private async Task<(string Id, TimeSpan At, HttpRequestMessage Request, CancellationToken Stop)> AskedAsync(int count, Action? before = null)
    {
        before?.Invoke();
        var limit = _mesh.Time.GetUtcNow() + TimeSpan.FromMinutes(2);
        await Eventually.True(() => _asked.Count >= count || (_mesh.Time.JumpToNext(limit) && _asked.Count >= count));
        return _asked.Last();
    }

    private async Task<string[]> CalledAsync()
    {
        _mesh.Transports.Sent.Clear();
        for (var i = 0; i < 6; i++)
            (await _mesh.RunAsync(_mesh.GetAsync())).Dispose();
        return [.. _mesh.Transports.Sent.Select(s => s.InstanceId)];
    }

    private Task<HttpResponseMessage> Watch(Endpoint endpoint, HttpRequestMessage request, CancellationToken stop)
    {
        if (!request.RequestUri!.AbsolutePath.StartsWith("/grpc.health.v1.Health/", StringComparison.Ordinal))
            return Task.FromResult(new HttpResponseMessage());
        var watch = new HealthWatch();
        _watches[endpoint.InstanceId] = watch;
        _asked.Enqueue((endpoint.InstanceId, _mesh.Time.Now(), request, stop));
        return Task.FromResult(watch.Response);
    }

    private static HttpResponseMessage Unimplemented()
    {
        var response = new HttpResponseMessage(HttpStatusCode.OK) { Content = new ByteArrayContent([]) };
        response.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        response.Headers.Add("grpc-status", "12");
        return response;
    }
}

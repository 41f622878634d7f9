using System.Net;
using MeshClient.Clusters;
using MeshClient.Http;
using MeshClient.Resilience;
using MeshClient.Tests.Doubles;

namespace MeshClient.Tests.Http;

public sealed class LimitTests : IDisposable
{
    private readonly Queue<TaskCompletionSource<HttpResponseMessage>> _open = new();
    private MeshHarness? _mesh;

    public void Dispose() => _mesh?.Dispose();

    [Fact]
    public async Task What_is_over_the_limit_is_refused_at_once_and_says_so()
    {
        var mesh = Start(o => o.Limits.MaxConcurrent = 2);
        var (first, second) = (mesh.GetAsync(), mesh.GetAsync());
        var began = mesh.Time.GetUtcNow();
        var error = await Assert.ThrowsAsync<MeshUnavailableException>(() => mesh.RunAsync(mesh.GetAsync()));
        Assert.Equal(began, mesh.Time.GetUtcNow());
        Assert.Equal(UnavailableReason.LimitReached, error.Reason);
        Assert.Contains("MaxConcurrent 2", error.Message, StringComparison.Ordinal);
        Assert.Contains("Mesh:Upstreams:catalog:Limits", error.Message, StringComparison.Ordinal);
        Assert.Equal(2, mesh.Transports.Sent.Count);
        await AnswerAsync();
        await AnswerAsync();
        await Task.WhenAll(first, second);
    }

    [Fact]
    public async Task A_place_is_free_again_at_the_end_of_the_body()
    {
        var mesh = Start(o => o.Limits.MaxConcurrent = 1);
        var first = mesh.Client.GetAsync("http://catalog/x", HttpCompletionOption.ResponseHeadersRead);
        await AnswerAsync("body");
        using (var response = await first)
        {
            await Assert.ThrowsAsync<MeshUnavailableException>(() => mesh.RunAsync(mesh.GetAsync()));
            await response.Content.ReadAsStringAsync();
        }
        var second = mesh.GetAsync();
        await AnswerAsync();
        Assert.Equal(HttpStatusCode.OK, (await second).StatusCode);
    }

    [Fact]
    public async Task Those_in_the_queue_are_served_in_their_order()
    {
        var mesh = Start(o =>
        {
            o.Limits.MaxConcurrent = 1;
            o.Limits.MaxQueued = 2;
        });
        var calls = Enumerable.Range(0, 3).Select(i => mesh.GetAsync($"http://catalog/{i}")).ToArray();
        await Assert.ThrowsAsync<MeshUnavailableException>(() => mesh.GetAsync());
        for (var i = 0; i < 3; i++)
        {
            await AnswerAsync();
            Assert.Equal($"/{i}", mesh.Transports.Sent[i].Request.RequestUri!.AbsolutePath);
            Assert.Equal(HttpStatusCode.OK, (await calls[i]).StatusCode);
        }
    }

    [Fact]
    public async Task A_call_waits_no_longer_than_it_has_time()
    {
        var mesh = Start(o =>
        {
            o.Timeout = TimeSpan.FromSeconds(2);
            o.Limits.MaxConcurrent = 1;
            o.Limits.MaxQueued = 1;
        });
        var stream = mesh.Client.GetAsync("http://catalog/stream", HttpCompletionOption.ResponseHeadersRead);
        await AnswerAsync("held");
        using var held = await stream;
        var began = mesh.Time.GetUtcNow();
        var error = await Assert.ThrowsAsync<MeshTimeoutException>(() => mesh.RunAsync(mesh.GetAsync()));
        Assert.Equal(TimeSpan.FromSeconds(2), mesh.Time.GetUtcNow() - began);
        Assert.Contains("no place came free", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_limit_of_an_endpoint_sends_calls_to_the_others()
    {
        var mesh = Start(o => o.Limits.MaxConcurrentPerEndpoint = 1);
        var calls = Enumerable.Range(0, 3).Select(_ => mesh.GetAsync()).ToArray();
        Assert.Equal(["a1", "a2", "a3"], mesh.Transports.Sent.Select(s => s.InstanceId).Order());
        await Assert.ThrowsAsync<MeshUnavailableException>(() => mesh.GetAsync());
        for (var i = 0; i < 3; i++)
            await AnswerAsync();
        await Task.WhenAll(calls);
    }

    [Fact]
    public async Task A_new_endpoint_has_room_for_those_who_wait()
    {
        var mesh = Start(o =>
        {
            o.Limits.MaxConcurrentPerEndpoint = 1;
            o.Limits.MaxQueued = 5;
        });
        var calls = Enumerable.Range(0, 4).Select(_ => mesh.GetAsync()).ToArray();
        Assert.Equal(3, mesh.Transports.Sent.Count);
        mesh.Catalogs("a1", "a2", "a3", "a4");
        await Eventually.True(() => _open.Count == 4);
        Assert.Equal("a4", mesh.Transports.Sent[3].InstanceId);
        for (var i = 0; i < 4; i++)
            await AnswerAsync();
        await Task.WhenAll(calls);
    }

    [Fact]
    public async Task A_retry_queues_like_anyone_else()
    {
        var mesh = Start(o =>
        {
            o.Limits.MaxConcurrent = 1;
            o.Limits.MaxQueued = 5;
            o.Retry.BaseDelay = TimeSpan.Zero;
            o.Retry.MaxDelay = TimeSpan.Zero;
        });
        var (failing, next) = (mesh.GetAsync("http://catalog/failing"), mesh.GetAsync("http://catalog/next"));
        await AnswerAsync(status: HttpStatusCode.ServiceUnavailable);
        await AnswerAsync();
        await AnswerAsync();
        Assert.Equal(["/failing", "/next", "/failing"], mesh.Transports.Sent.Select(s => s.Request.RequestUri!.AbsolutePath));
        await Task.WhenAll(failing, next);
    }

    [Fact]
    public async Task Cancelled_in_the_queue_it_leaves_it()
    {
        var mesh = Start(o =>
        {
            o.Limits.MaxConcurrent = 1;
            o.Limits.MaxQueued = 1;
        });
        using var caller = new CancellationTokenSource();
        var (first, waiting) = (mesh.GetAsync(), mesh.GetAsync(cancellationToken: caller.Token));
        Assert.Equal(1, mesh.Catalog.Limiter!.Queued);
        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.Equal(0, mesh.Catalog.Limiter.Queued);
        await AnswerAsync();
        await first;
        var third = mesh.GetAsync();
        await AnswerAsync();
        await third;
    }

    [Fact]
    public async Task A_call_that_requires_a_full_endpoint_holds_nobody_up()
    {
        var mesh = Start(o =>
        {
            o.Limits.MaxConcurrentPerEndpoint = 1;
            o.Limits.MaxQueued = 5;
        });
        var calls = Enumerable.Range(0, 3).Select(i => mesh.Client.SendAsync(Required($"/{i}", $"a{i + 1}"))).ToList();
        calls.Add(mesh.Client.SendAsync(Required("/pinned", "a3")));
        calls.Add(mesh.GetAsync("http://catalog/free"));
        Assert.Equal(3, mesh.Transports.Sent.Count);
        await AnswerAsync();
        await Eventually.True(() => mesh.Transports.Sent.Count == 4);
        Assert.Equal(("a1", "/free"), (mesh.Transports.Sent[3].InstanceId, mesh.Transports.Sent[3].Request.RequestUri!.AbsolutePath));
        await AnswerAsync();
        await AnswerAsync();
        await Eventually.True(() => mesh.Transports.Sent.Count == 5);
        Assert.Equal(("a3", "/pinned"), (mesh.Transports.Sent[4].InstanceId, mesh.Transports.Sent[4].Request.RequestUri!.AbsolutePath));
        await AnswerAsync();
        await AnswerAsync();
        await Task.WhenAll(calls);

        static HttpRequestMessage Required(string path, string endpoint) =>
            new HttpRequestMessage(HttpMethod.Get, $"http://catalog{path}").SetMeshEndpoint(endpoint, isRequired: true);
    }

    [Fact]
    public async Task The_end_of_a_call_from_before_the_limits_gives_those_who_wait_its_room()
    {
        _mesh = new MeshHarness();
        Open(_mesh);
        _mesh.Catalogs("a1");
        var before = _mesh.GetAsync();
        _mesh.Catalog.Update(new UpstreamOptions { Limits = new LimitOptions { MaxConcurrentPerEndpoint = 1, MaxQueued = 5 } });
        var waiting = _mesh.GetAsync();
        Assert.Equal(1, _mesh.Catalog.Limiter!.Queued);
        await AnswerAsync();
        await before;
        await AnswerAsync();
        Assert.Equal(HttpStatusCode.OK, (await waiting).StatusCode);
    }

    [Fact]
    public async Task A_limit_that_is_raised_lets_those_who_wait_go()
    {
        var options = Options(1);
        _mesh = new MeshHarness();
        Open(_mesh);
        _mesh.Catalog.Update(options);
        var calls = Enumerable.Range(0, 2).Select(_ => _mesh.GetAsync()).ToArray();
        Assert.Single(_mesh.Transports.Sent);
        _mesh.Catalog.Update(Options(2));
        await Eventually.True(() => _open.Count == 2);
        await AnswerAsync();
        await AnswerAsync();
        await Task.WhenAll(calls);

        static UpstreamOptions Options(int most) => new() { Limits = new LimitOptions { MaxConcurrent = most, MaxQueued = 9 } };
    }

    private MeshHarness Start(Action<UpstreamOptions> configure)
    {
        _mesh = new MeshHarness(configure);
        Open(_mesh);
        return _mesh;
    }

    private void Open(MeshHarness mesh)
    {
        mesh.Catalogs("a1", "a2", "a3");
        mesh.Transports.Answer = (_, _, _) =>
        {
            var answer = new TaskCompletionSource<HttpResponseMessage>(TaskCreationOptions.RunContinuationsAsynchronously);
            lock (_open)
                _open.Enqueue(answer);
            return answer.Task;
        };
    }

    // Answers the oldest request under way, once there is one.
    private async Task AnswerAsync(string? body = null, HttpStatusCode status = HttpStatusCode.OK)
    {
        await Eventually.True(() => _open.Count > 0);
        lock (_open)
            _open.Dequeue().SetResult(new HttpResponseMessage(status) { Content = body is null ? null : new StringContent(body) });
    }
}

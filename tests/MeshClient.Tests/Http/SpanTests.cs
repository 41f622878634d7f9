using System.Diagnostics;
using System.Net;
using MeshClient.Http;
using MeshClient.Tests.Doubles;

namespace MeshClient.Tests.Http;

public sealed class SpanTests : IDisposable
{
    private readonly MeshHarness _mesh = new();

    public SpanTests() => _mesh.Catalogs("a1", "a2", "a3");

    public void Dispose() => _mesh.Dispose();

    [Fact]
    public async Task A_call_is_a_span_with_the_span_of_its_attempt_below()
    {
        using var trace = new TestTrace();
        _mesh.Catalogs("a1");
        await _mesh.RunAsync(_mesh.GetAsync("http://catalog/items?secret=1"));
        var call = Assert.Single(trace.Calls);
        Assert.Equal(
            "GET catalog Unset: http.request.method=GET, http.response.status_code=200, mesh.call.attempts=1, mesh.call.end=answered, mesh.service=catalog, "
            + "server.address=catalog, server.port=80, url.full=http://catalog/items?*", TestTrace.Text(call));
        var attempt = Assert.Single(trace.AttemptsOf(call));
        Assert.Equal(
            "GET Unset: http.request.method=GET, http.response.status_code=200, mesh.attempt.result=success, network.peer.address=127.0.0.1, "
            + "network.peer.port=5049, network.protocol.version=1.1, server.address=catalog, server.port=80, url.full=http://catalog/items?*", TestTrace.Text(attempt));
        Assert.Equal([ActivityKind.Client, ActivityKind.Client], trace.Ended.Select(s => s.Kind));
        Assert.Equal([attempt, call], trace.Ended);
        Assert.Same(trace.Root, Activity.Current);
    }

    [Fact]
    public async Task Each_try_has_a_span_that_names_its_instance_and_counts_the_resends()
    {
        using var trace = new TestTrace();
        _mesh.Transports.Answers(_ => new HttpResponseMessage(HttpStatusCode.ServiceUnavailable));
        await _mesh.RunAsync(_mesh.GetAsync());
        var call = Assert.Single(trace.Calls);
        Assert.Equal((ActivityStatusCode.Error, "503", 3, "attempts_exhausted"),
            (call.Status, call.GetTagItem("error.type"), call.GetTagItem("mesh.call.attempts"), call.GetTagItem("mesh.call.end")));
        var attempts = trace.AttemptsOf(call);
        Assert.Equal([null, 1, 2], attempts.Select(a => a.GetTagItem("http.request.resend_count")));
        Assert.Equal(_mesh.Transports.Sent.Select(s => (object)MeshHarness.Endpoint(s.InstanceId).Port), attempts.Select(a => a.GetTagItem("network.peer.port")));
        Assert.All(attempts, a => Assert.Equal(
            (ActivityStatusCode.Error, "503", "gateway_failure"), (a.Status, a.GetTagItem("error.type"), a.GetTagItem("mesh.attempt.result"))));
        // What the status tells needs no description.
        Assert.All(trace.Ended, s => Assert.Null(s.StatusDescription));
    }

    [Fact]
    public async Task An_answer_from_400_on_is_an_error()
    {
        using var trace = new TestTrace();
        _mesh.Transports.Answers(_ => new HttpResponseMessage(HttpStatusCode.NotFound));
        await _mesh.RunAsync(_mesh.GetAsync());
        Assert.Equal(2, trace.Ended.Length);
        Assert.All(trace.Ended, s => Assert.Equal((ActivityStatusCode.Error, "404"), (s.Status, s.GetTagItem("error.type"))));
        Assert.Equal("answered", trace.Calls[0].GetTagItem("mesh.call.end"));
    }

    [Fact]
    public async Task An_attempt_without_an_answer_says_why_in_dotnets_words()
    {
        using var trace = new TestTrace();
        _mesh.Transports.Answers(_ => throw new HttpRequestException(HttpRequestError.ConnectionError, "Connection refused"));
        await Assert.ThrowsAsync<HttpRequestException>(() => _mesh.RunAsync(_mesh.GetAsync()));
        var call = Assert.Single(trace.Calls);
        Assert.Equal(4, trace.Ended.Length);
        Assert.All(trace.Ended, s => Assert.Equal((ActivityStatusCode.Error, "connection_error"), (s.Status, s.GetTagItem("error.type"))));
        Assert.All(trace.AttemptsOf(call), a => Assert.Equal(("Connection refused", "connect_failure"), (a.StatusDescription, a.GetTagItem("mesh.attempt.result"))));
        Assert.All(trace.Ended, s => Assert.Null(s.GetTagItem("http.response.status_code")));
    }

    [Fact]
    public async Task A_call_that_finds_no_endpoint_has_no_attempts()
    {
        using var trace = new TestTrace();
        _mesh.Catalogs();
        await Assert.ThrowsAsync<MeshUnavailableException>(() => _mesh.RunAsync(_mesh.GetAsync()));
        var call = Assert.Single(trace.Ended);
        Assert.Equal(("no_endpoint", 0, typeof(MeshUnavailableException).FullName, ActivityStatusCode.Error),
            (call.GetTagItem("mesh.call.end"), call.GetTagItem("mesh.call.attempts"), call.GetTagItem("error.type"), call.Status));
    }

    [Fact]
    public async Task A_call_that_its_caller_cancels_says_so()
    {
        using var trace = new TestTrace();
        using var caller = new CancellationTokenSource();
        _mesh.Transports.Answer = async (_, _, token) =>
        {
            await caller.CancelAsync();
            // The attempt is tied to its caller after it was sent.
            await Task.Delay(Timeout.InfiniteTimeSpan, token);
            throw new System.Diagnostics.UnreachableException();
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _mesh.RunAsync(_mesh.GetAsync(cancellationToken: caller.Token)));
        var call = Assert.Single(trace.Calls);
        Assert.Equal(("cancelled", typeof(TaskCanceledException).FullName), (call.GetTagItem("mesh.call.end"), call.GetTagItem("error.type")));
        Assert.Equal("cancelled", Assert.Single(trace.AttemptsOf(call)).GetTagItem("mesh.attempt.result"));
    }

    [Fact]
    public async Task A_hedge_has_a_span_beside_the_first_and_the_loser_is_no_error()
    {
        using var trace = new TestTrace();
        using var mesh = new MeshHarness(o => o.Hedging.Delay = TimeSpan.FromMilliseconds(50));
        mesh.Catalogs("a1", "a2");
        var first = true;
        mesh.Transports.Answer = async (_, _, token) =>
        {
            if (first)
            {
                first = false;
                await Task.Delay(TimeSpan.FromSeconds(5), mesh.Time, token);
            }
            return new HttpResponseMessage();
        };
        var calling = mesh.GetAsync();
        mesh.Time.Advance(TimeSpan.FromMilliseconds(50));
        await calling;
        await Eventually.True(() => trace.Ended.Length == 3);
        var call = Assert.Single(trace.Calls);
        Assert.Equal("answered", call.GetTagItem("mesh.call.end"));
        Assert.Equal(
            [(null, null, "cancelled"), ((object?)1, (object?)true, "success")],
            trace.AttemptsOf(call).Select(a => (a.GetTagItem("http.request.resend_count"), a.GetTagItem("mesh.attempt.hedge"), (string?)a.GetTagItem("mesh.attempt.result"))));
        Assert.All(trace.Ended, s => Assert.Equal((ActivityStatusCode.Unset, null), (s.Status, s.GetTagItem("error.type"))));
    }

    [Fact]
    public async Task Each_hop_of_a_redirect_is_a_call_of_its_own()
    {
        using var trace = new TestTrace();
        _mesh.Watches.Say("orders", MeshHarness.Endpoint("o1"));
        _mesh.Transports.Answers(e =>
        {
            var response = new HttpResponseMessage(e.InstanceId == "o1" ? HttpStatusCode.OK : HttpStatusCode.Found);
            response.Headers.Location = new Uri("http://orders.mesh/7");
            return response;
        });
        await _mesh.RunAsync(_mesh.GetAsync());
        Assert.Equal([("GET catalog", 302, "http://catalog/items"), ("GET orders", 200, "http://orders.mesh/7")],
            trace.Calls.Select(c => (c.DisplayName, (int)c.GetTagItem("http.response.status_code")!, (string)c.GetTagItem("url.full")!)));
        Assert.All(trace.Calls, c => Assert.Single(trace.AttemptsOf(c)));
        Assert.All(trace.Ended, s => Assert.Equal(ActivityStatusCode.Unset, s.Status));
    }

    [Theory]
    [InlineData("get", "GET catalog", "GET", null)]
    [InlineData("QUERY", "QUERY catalog", "QUERY", null)]
    [InlineData("PURGE", "HTTP catalog", "_OTHER", "PURGE")]
    public async Task A_method_that_no_standard_names_is_kept_out_of_names(string method, string name, string tag, string? original)
    {
        using var trace = new TestTrace();
        await _mesh.RunAsync(_mesh.Client.SendAsync(new HttpRequestMessage(new HttpMethod(method), "http://catalog/x")));
        Assert.Equal(name, Assert.Single(trace.Calls).DisplayName);
        Assert.All(trace.Ended, s => Assert.Equal((tag, original), (s.GetTagItem("http.request.method"), s.GetTagItem("http.request.method_original"))));
    }

    [Theory]
    [InlineData("http://catalog/a%20b", "http://catalog/a%20b")]
    [InlineData("http://catalog/x?", "http://catalog/x?")]
    [InlineData("http://catalog/x?token=1#part", "http://catalog/x?*")]
    [InlineData("http://me:secret@catalog/x", "http://catalog/x")]
    [InlineData("http://catalog/x#part", "http://catalog/x")]
    public async Task No_span_holds_a_query_a_user_or_a_fragment(string url, string told)
    {
        using var trace = new TestTrace();
        await _mesh.RunAsync(_mesh.GetAsync(url));
        Assert.Equal([told, told], trace.Ended.Select(s => s.GetTagItem("url.full")));
    }

    [Fact]
    public async Task What_is_not_sampled_costs_no_span()
    {
        using var trace = new TestTrace(ActivitySamplingResult.None);
        Assert.Equal(HttpStatusCode.OK, (await _mesh.RunAsync(_mesh.GetAsync())).StatusCode);
        Assert.Empty(trace.Ended);
    }
}

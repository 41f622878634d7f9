using System.Net;
using MeshClient.Http;
using MeshClient.Tests.Doubles;
using Microsoft.Extensions.Logging;

namespace MeshClient.Tests.Http;

public sealed class CallLogTests : IDisposable
{
    private const int Retried = 1500, Hedged = 1501, Failed = 1502;
    private readonly MeshHarness _mesh = new(o => o.OutlierDetection.Enabled = false);

    public CallLogTests() => _mesh.Catalogs("a1", "a2");

    public void Dispose() => _mesh.Dispose();

    [Fact]
    public async Task A_retry_says_where_it_goes_why_and_after_which_wait()
    {
        _mesh.Transports.Answers(_ =>
        {
            var response = new HttpResponseMessage(_mesh.Transports.Sent.Count == 1 ? HttpStatusCode.ServiceUnavailable : HttpStatusCode.OK);
            response.Headers.RetryAfter = new(TimeSpan.FromSeconds(2));
            return response;
        });
        await _mesh.RunAsync(_mesh.GetAsync());
        var (first, second) = (MeshHarness.Endpoint(_mesh.Transports.Sent[0].InstanceId), MeshHarness.Endpoint(_mesh.Transports.Sent[1].InstanceId));
        Assert.Equal([$"catalog: attempt 2 goes to {second} after a wait of 2000 ms, since {first} failed (503 GatewayFailure)."], _mesh.Log.Of(Retried));
        Assert.Empty(_mesh.Log.Of(Failed));
        Assert.All(_mesh.Log.Entries, e => Assert.Equal(("MeshClient.Http.CallPipeline", LogLevel.Debug), (e.Category, e.Level)));
    }

    [Fact]
    public async Task Each_retry_has_its_line_and_a_call_without_an_answer_another()
    {
        _mesh.Transports.Answers(_ => throw new HttpRequestException(HttpRequestError.ConnectionError, "Connection refused"));
        await Assert.ThrowsAsync<HttpRequestException>(() => _mesh.RunAsync(_mesh.GetAsync()));
        Assert.Equal(["attempt 2", "attempt 3"], _mesh.Log.Of(Retried).Select(l => l.Split(' ', 4) is [_, var a, var n, _] ? $"{a} {n}" : l));
        Assert.All(_mesh.Log.Of(Retried), l => Assert.EndsWith("failed (ConnectFailure: Connection refused).", l, StringComparison.Ordinal));
        Assert.Matches(
            @"^catalog: GET ended without an answer after 3 attempts \(AttemptsExhausted\)\. catalog: no connection to a\d \(.*\) \(3 attempts\): Connection refused$",
            Assert.Single(_mesh.Log.Of(Failed)));
    }

    [Fact]
    public async Task A_call_that_finds_no_endpoint_says_why()
    {
        _mesh.Catalogs();
        await Assert.ThrowsAsync<MeshUnavailableException>(() => _mesh.RunAsync(_mesh.GetAsync()));
        Assert.StartsWith(
            "catalog: GET ended without an answer after 0 attempts (NoEndpoint). catalog: the registry knows no instance of", Assert.Single(_mesh.Log.Of(Failed)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_call_cancelled_during_a_wait_says_so()
    {
        using var caller = new CancellationTokenSource();
        _mesh.Transports.Answers(_ =>
        {
            caller.Cancel();
            return new HttpResponseMessage(HttpStatusCode.ServiceUnavailable);
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _mesh.RunAsync(_mesh.GetAsync(cancellationToken: caller.Token)));
        Assert.StartsWith("catalog: GET ended without an answer after 1 attempts (Cancelled). ", Assert.Single(_mesh.Log.Of(Failed)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hedge_says_where_it_goes_and_who_is_slow()
    {
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
        var (slow, hedge) = (MeshHarness.Endpoint(mesh.Transports.Sent[0].InstanceId), MeshHarness.Endpoint(mesh.Transports.Sent[1].InstanceId));
        Assert.Equal([$"catalog: a hedge goes to {hedge}, since {slow} has not answered for 50 ms."], mesh.Log.Of(Hedged));
    }

    [Fact]
    public async Task A_call_that_goes_well_says_nothing()
    {
        await _mesh.RunAsync(_mesh.GetAsync());
        Assert.Empty(_mesh.Log.Entries);
    }

    [Fact]
    public async Task Where_Debug_is_off_nothing_is_said_or_prepared()
    {
        _mesh.Log.Least = LogLevel.Information;
        _mesh.Transports.Answers(_ => throw new Unread());
        await Assert.ThrowsAsync<HttpRequestException>(() => _mesh.RunAsync(_mesh.GetAsync()));
        Assert.Equal(3, _mesh.Transports.Sent.Count);
        Assert.Empty(_mesh.Log.Entries);
        Assert.Equal(1, Unread.Reads);
        _mesh.Log.Least = LogLevel.Debug;
        await Assert.ThrowsAsync<HttpRequestException>(() => _mesh.RunAsync(_mesh.GetAsync()));
        Assert.Equal(4, Unread.Reads);
    }

    // Counts who reads the message: the exception that the caller is given does, once a call, and the two lines of retries.
    private sealed class Unread() : HttpRequestException(HttpRequestError.ConnectionError)
    {
        private static int s_reads;

        public static int Reads => s_reads;

        public override string Message => $"read {Interlocked.Increment(ref s_reads)}";
    }
}

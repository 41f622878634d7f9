using System.Net;
using MeshClient.Endpoints;
using MeshClient.Http;
using MeshClient.Telemetry;
using MeshClient.Tests.Doubles;

namespace MeshClient.Tests.Http;

public sealed class CallMetricsTests : IDisposable
{
    private readonly MeshHarness _mesh = new();
    private readonly Measurements _seen;

    public CallMetricsTests()
    {
        _seen = new Measurements(_mesh.Meters);
        _mesh.Catalogs("a1", "a2", "a3");
    }

    public void Dispose()
    {
        _seen.Dispose();
        _mesh.Dispose();
    }

    [Fact]
    public async Task A_call_is_one_duration_and_an_attempt()
    {
        _mesh.Catalogs("a1");
        _mesh.Transports.Answer = async (_, _, token) =>
        {
            await Task.Delay(TimeSpan.FromMilliseconds(250), _mesh.Time, token);
            return new HttpResponseMessage();
        };
        await _mesh.RunAsync(_mesh.GetAsync());
        // The virtual clock counts from the year 1, where a double no longer tells single ticks.
        Assert.Matches(
            "^mesh.service=catalog,http.request.method=GET,mesh.call.end=answered,http.response.status_code=200 0.(2499|25)", Assert.Single(_seen.Take("mesh.client.call.duration")));
        Assert.Equal(
            ["mesh.service=catalog,network.peer.address=127.0.0.1,network.peer.port=5049,mesh.attempt.result=success,mesh.attempt.hedge=False,http.response.status_code=200 1"],
            _seen.Take("mesh.client.attempts"));
        Assert.Empty(_seen.Take("mesh.retries"));
    }

    [Fact]
    public async Task A_call_that_was_retried_is_one_duration_and_each_attempt_counts_for_its_instance()
    {
        _mesh.Transports.Answers(_ => new HttpResponseMessage(HttpStatusCode.ServiceUnavailable));
        await _mesh.RunAsync(_mesh.GetAsync());
        Assert.StartsWith(
            "mesh.service=catalog,http.request.method=GET,mesh.call.end=attempts_exhausted,http.response.status_code=503,error.type=503 ",
            Assert.Single(_seen.Take("mesh.client.call.duration")), StringComparison.Ordinal);
        Assert.Equal(
            _mesh.Transports.Sent.Select(s => $"mesh.service=catalog,network.peer.address=127.0.0.1,network.peer.port={MeshHarness.Endpoint(s.InstanceId).Port},"
                + "mesh.attempt.result=gateway_failure,mesh.attempt.hedge=False,http.response.status_code=503,error.type=503 1"),
            _seen.Take("mesh.client.attempts"));
        Assert.Equal(["mesh.service=catalog 1", "mesh.service=catalog 1"], _seen.Take("mesh.retries"));
    }

    [Fact]
    public async Task A_call_that_throws_is_measured_with_the_reason()
    {
        _mesh.Transports.Answers(_ => throw new HttpRequestException(HttpRequestError.NameResolutionError, "No such host"));
        await Assert.ThrowsAsync<HttpRequestException>(() => _mesh.RunAsync(_mesh.GetAsync()));
        Assert.StartsWith(
            "mesh.service=catalog,http.request.method=GET,mesh.call.end=attempts_exhausted,error.type=name_resolution_error ",
            Assert.Single(_seen.Take("mesh.client.call.duration")), StringComparison.Ordinal);
        Assert.Equal(3, _seen.Take("mesh.client.attempts").Count(m => m.EndsWith("mesh.attempt.result=connect_failure,mesh.attempt.hedge=False,error.type=name_resolution_error 1", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_hedge_counts_and_its_loser_is_no_error()
    {
        using var mesh = new MeshHarness(o => o.Hedging.Delay = TimeSpan.FromMilliseconds(50));
        using var seen = new Measurements(mesh.Meters);
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
        var attempts = new List<string>();
        await Eventually.True(() =>
        {
            attempts.AddRange(seen.Take("mesh.client.attempts"));
            return attempts.Count == 2;
        });
        Assert.Contains(attempts, a => a.EndsWith(",mesh.attempt.result=success,mesh.attempt.hedge=True,http.response.status_code=200 1", StringComparison.Ordinal));
        Assert.Contains(attempts, a => a.EndsWith(",mesh.attempt.result=cancelled,mesh.attempt.hedge=False 1", StringComparison.Ordinal));
        Assert.Equal(["mesh.service=catalog 1"], seen.Take("mesh.hedges"));
        Assert.Equal(["mesh.service=catalog 1"], seen.Take("mesh.hedges.won"));
        Assert.Single(seen.Take("mesh.client.call.duration"));
    }

    [Fact]
    public void Every_end_of_a_call_and_every_result_of_an_attempt_is_listed_with_its_tag()
    {
        Assert.Equal(CallTelemetry.CallEnd.Values.Order(), Enum.GetValues<CallEnd>().Where(e => e != CallEnd.Pending).Select(TagValue.Of).Order());
        Assert.Equal(CallTelemetry.AttemptResult.Values.Order(), Enum.GetValues<Outcome>().Select(TagValue.Of).Order());
    }
}

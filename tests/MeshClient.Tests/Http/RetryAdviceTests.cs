using System.Net;
using Grpc.Core;
using MeshClient.Tests.Doubles;

namespace MeshClient.Tests.Http;

/// <summary>What a failed answer says of further attempts is obeyed by retries and by hedges.</summary>
public sealed class RetryAdviceTests : IDisposable
{
    private MeshHarness? _mesh;

    public void Dispose() => _mesh?.Dispose();

    [Theory]
    [InlineData("mesh-do-not-retry", "1")]
    [InlineData("grpc-retry-pushback-ms", "-1")]
    public async Task A_racer_that_forbids_another_attempt_has_the_last_word_if_all_fail(string header, string value)
    {
        var mesh = Start(hedges: 3);
        // a sent at 0 fails at 80 and forbids; the hedge sent at 50 fails at 130 and says nothing.
        Answers(mesh, number => (TimeSpan.FromMilliseconds(80), "14", number == 1 ? (header, value) : null));
        var error = await Assert.ThrowsAsync<RpcException>(() => CallAsync(mesh));
        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        Assert.Equal("1", error.Status.Detail);
        Assert.Equal(2, mesh.Transports.Sent.Count);
        Assert.All(mesh.Catalog.State.Available, e => Assert.Equal(0, e.InFlight));
    }

    [Fact]
    public async Task The_race_of_one_that_forbids_another_attempt_may_still_be_won()
    {
        var mesh = Start(hedges: 3);
        Answers(mesh, number => number == 1 ? (TimeSpan.FromMilliseconds(80), "14", ("grpc-retry-pushback-ms", "-1")) : (TimeSpan.FromMilliseconds(200), "0", null));
        await CallAsync(mesh);
        Assert.Equal(2, mesh.Transports.Sent.Count);
        await Eventually.True(() => mesh.Catalog.State.Available.All(e => e.InFlight == 0));
    }

    [Theory]
    [InlineData("400", 480)]
    [InlineData("0", 80)]
    public async Task The_next_hedge_waits_as_long_as_a_racer_asks(string pushback, int at)
    {
        var mesh = Start(hedges: 2);
        var began = mesh.Time.GetUtcNow();
        var sent = new List<double>();
        Answers(mesh, number =>
        {
            sent.Add((mesh.Time.GetUtcNow() - began).TotalMilliseconds);
            return number == 1
                ? (TimeSpan.FromMilliseconds(80), "14", ("grpc-retry-pushback-ms", pushback))
                : (TimeSpan.FromSeconds(number == 2 ? 5 : 0), "0", null);
        });
        await CallAsync(mesh);
        Assert.Equal([0, 50, at], sent);
    }

    [Fact]
    public async Task A_wait_of_months_ends_the_hedges_and_not_the_race()
    {
        var mesh = Start(hedges: 2);
        mesh.Transports.Answer = async (_, _, token) =>
        {
            var isFirst = mesh.Transports.Sent.Count == 1;
            await Task.Delay(TimeSpan.FromMilliseconds(isFirst ? 80 : 500), mesh.Time, token);
            var response = new HttpResponseMessage(isFirst ? HttpStatusCode.ServiceUnavailable : HttpStatusCode.OK);
            response.Headers.RetryAfter = new(TimeSpan.FromDays(100));
            return response;
        };
        Assert.Equal(HttpStatusCode.OK, (await mesh.RunAsync(mesh.GetAsync())).StatusCode);
        Assert.Equal(2, mesh.Transports.Sent.Count);
    }

    [Fact]
    public async Task A_wait_longer_than_the_time_of_a_call_is_not_made_though_the_call_has_no_deadline()
    {
        var mesh = Start(hedges: 0);
        Answers(mesh, _ => (TimeSpan.Zero, "14", ("grpc-retry-pushback-ms", "15001")));
        var began = mesh.Time.GetUtcNow();
        await Assert.ThrowsAsync<RpcException>(() => CallAsync(mesh));
        Assert.Equal(began, mesh.Time.GetUtcNow());
        Assert.Single(mesh.Transports.Sent);
    }

    [Fact]
    public async Task Each_attempt_tells_of_those_before_and_the_request_of_none_afterwards()
    {
        var mesh = Start(hedges: 0);
        var told = new List<string?>();
        HttpRequestMessage? request = null;
        Answers(mesh, number => (TimeSpan.Zero, number < 3 ? "14" : "0", null), sent =>
        {
            request = sent;
            told.Add(sent.Headers.TryGetValues("grpc-previous-rpc-attempts", out var values) ? values.Single() : null);
        });
        await CallAsync(mesh);
        Assert.Equal([null, "1", "2"], told);
        Assert.False(request!.Headers.Contains("grpc-previous-rpc-attempts"));
    }

    private MeshHarness Start(int hedges)
    {
        _mesh = new MeshHarness(o =>
        {
            o.Grpc.IdempotentMethods.Add("shop.Catalog/Get");
            if (hedges == 0)
                return;
            o.Hedging.Delay = TimeSpan.FromMilliseconds(50);
            o.Hedging.MaxHedges = hedges;
        });
        _mesh.Catalogs("a1", "a2", "a3", "a4");
        return _mesh;
    }

    private static void Answers(
        MeshHarness mesh, Func<int, (TimeSpan Time, string Status, (string Name, string Value)? Header)> answer, Action<HttpRequestMessage>? sent = null)
    {
        var count = 0;
        mesh.Transports.Answer = async (_, request, token) =>
        {
            var number = ++count;
            sent?.Invoke(request);
            await request.Content!.CopyToAsync(Stream.Null, token);
            var (time, status, header) = answer(number);
            if (time > TimeSpan.Zero)
                await Task.Delay(time, mesh.Time, token);
            var response = GrpcMessages.Answer(status);
            response.Headers.TryAddWithoutValidation("grpc-message", $"{number}");
            if (header is { } said)
                response.Headers.TryAddWithoutValidation(said.Name, said.Value);
            return response;
        };
    }

    private static async Task CallAsync(MeshHarness mesh)
    {
        using var channel = mesh.Channel();
        using var call = channel.CreateCallInvoker().AsyncUnaryCall(GrpcMessages.Method(), host: null, new CallOptions(), "");
        await mesh.RunAsync(call.ResponseAsync);
    }
}

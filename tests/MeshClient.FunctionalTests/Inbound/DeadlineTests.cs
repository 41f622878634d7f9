using System.Net;
using MeshClient.Http;
using MeshClient.Resilience;
using Microsoft.Extensions.Logging;

namespace MeshClient.FunctionalTests.Inbound;

/// <summary>The time that a caller still waits bounds the work of those below it.</summary>
public sealed class DeadlineTests : IDisposable
{
    private readonly HttpClient _plain = new();

    [Fact]
    public async Task Work_that_nobody_awaits_any_more_is_cancelled_and_answered_504()
    {
        var cancelled = new TaskCompletionSource();
        await using var server = await MeshServer.StartAsync("a", async context =>
        {
            context.RequestAborted.Register(cancelled.SetResult);
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        });

        using var response = await SendAsync(server, "200m");

        // The client is still there, so only the deadline can have cancelled.
        Assert.Equal(HttpStatusCode.GatewayTimeout, response.StatusCode);
        await cancelled.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Theory]
    [InlineData("0m")]
    [InlineData("0S")]
    public async Task A_deadline_that_has_passed_is_answered_504_without_running_the_handler(string timeout)
    {
        await using var server = await MeshServer.StartAsync("a");

        using var response = await SendAsync(server, timeout);

        Assert.Equal(HttpStatusCode.GatewayTimeout, response.StatusCode);
        Assert.Empty(server.Requests);
    }

    [Theory]
    [InlineData("soon")]
    [InlineData("-1S")]
    [InlineData("123456789m")]
    [InlineData("5s")]
    public async Task A_header_that_cannot_be_read_is_ignored_with_a_warning(string timeout)
    {
        await using var server = await MeshServer.StartAsync("a");

        using var response = await SendAsync(server, timeout);

        Assert.Equal("a", await response.Content.ReadAsStringAsync());
        var warning = Assert.Single(server.Log().Of(1401));
        Assert.Equal(LogLevel.Warning, warning.Level);
        Assert.Contains($"\"{timeout}\"", warning.Text);
    }

    [Theory]
    [InlineData("30S")]
    [InlineData("99999999H")]
    [InlineData(null)]
    public async Task With_time_left_or_none_set_the_handler_answers(string? timeout)
    {
        await using var server = await MeshServer.StartAsync("a");

        using var response = await SendAsync(server, timeout);

        Assert.Equal("a", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Each_hop_passes_on_what_is_left()
    {
        await using var last = await TestServer.StartAsync("last");
        TestServer? middle = null;
        await using var started = middle = await MeshServer.StartAsync("middle", async context =>
        {
            await Task.Delay(50);
            await context.Response.WriteAsync(await middle!.Client().GetStringAsync("http://catalog/"));
        });
        middle.Registry().Say("catalog", last.Endpoint);
        await using var app = await MeshApp.ConfiguredAsync(new() { ["Upstreams:catalog:Timeout"] = "00:00:08" });
        app.Registry.Say("catalog", middle.Endpoint);

        Assert.Equal("last", await app.Client().GetStringAsync("http://catalog/"));

        var atMiddle = Left(middle.Requests.Single());
        var atLast = Left(last.Requests.Single());
        Assert.InRange(atMiddle, TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(8));
        // The middle's own limit is fifteen seconds; its caller's is what counts, less what the middle has used.
        Assert.InRange(atLast, TimeSpan.FromMilliseconds(1), atMiddle - TimeSpan.FromMilliseconds(40));
    }

    [Fact]
    public async Task A_call_made_below_ends_with_the_deadline_above()
    {
        await using var stuck = RawServer.Start(_ => Task.CompletedTask);
        var below = new TaskCompletionSource<Exception?>();
        TestServer? middle = null;
        await using var started = middle = await MeshServer.StartAsync("middle", async context =>
        {
            // It heeds no token of its own, and yet its call ends.
            below.SetResult(await Record.ExceptionAsync(async () => await middle!.Client().GetStringAsync("http://catalog/")));
            context.Response.StatusCode = 504;
        }, new() { ["Upstreams:catalog:Timeout"] = "00:05:00" });
        middle.Registry().Say("catalog", stuck.Endpoint("stuck"));

        using var response = await SendAsync(middle, "400m").WaitAsync(TimeSpan.FromSeconds(60));

        Assert.IsType<MeshTimeoutException>(await below.Task);
        Assert.Equal(HttpStatusCode.GatewayTimeout, response.StatusCode);
    }

    [Fact]
    public async Task The_deadline_of_a_grpc_call_bounds_calls_below_it()
    {
        await using var last = await TestServer.StartAsync("last");
        TestServer? middle = null;
        await using var started = middle = await MeshServer.StartAsync("middle", async context =>
        {
            await context.Response.WriteAsync(await middle!.Client().GetStringAsync("http://catalog/"));
        });
        middle.Registry().Say("catalog", last.Endpoint);

        Assert.Equal("last", await GrpcAsync(middle, "8S"));
        Assert.InRange(Left(last.Requests.Single()), TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(8));
    }

    [Theory]
    [InlineData("grpc-timeout", "0m")]
    [InlineData("mesh-timeout", "0m")]
    public async Task A_grpc_call_that_is_late_is_answered_deadline_exceeded_without_running_the_handler(string header, string timeout)
    {
        await using var server = await MeshServer.StartAsync("a");

        using var response = await SendGrpcAsync(server, header, timeout);

        Assert.Equal((HttpStatusCode.OK, "application/grpc"), (response.StatusCode, response.Content.Headers.ContentType?.MediaType));
        Assert.Equal("4", Assert.Single(response.Headers.GetValues("grpc-status")));
        Assert.Empty(server.Requests);
    }

    [Theory]
    [InlineData("grpc-timeout")]
    [InlineData("mesh-timeout")]
    public async Task What_runs_for_a_grpc_call_without_grpcs_own_server_is_cancelled_and_answered_deadline_exceeded(string header)
    {
        await using var server = await MeshServer.StartAsync("a", context => Task.Delay(Timeout.Infinite, context.RequestAborted));

        using var response = await SendGrpcAsync(server, header, "200m");

        Assert.Equal("4", Assert.Single(response.Headers.GetValues("grpc-status")));
    }

    [Fact]
    public async Task Grpcs_own_server_ends_a_call_by_the_nearer_of_two_deadlines()
    {
        await using var pair = await Grpc.GrpcPair.StartMeshAsync(1, []);
        pair.Services[0].Before = context => Task.Delay(Timeout.InfiniteTimeSpan, context.CancellationToken);
        using var channel = global::Grpc.Net.Client.GrpcChannel.ForAddress(pair.Servers[0].Address);
        var client = new Grpc.Shop.Pricing.PricingClient(channel);

        // Of the deadline of 200 ms the client knows nothing: its end is the server's doing.
        var error = await Assert.ThrowsAsync<global::Grpc.Core.RpcException>(() => client.GetPriceAsync(
            new() { Item = "tea" }, new() { { MeshHeaders.Timeout, "200m" } }, DateTime.UtcNow.AddMinutes(5)).ResponseAsync);

        Assert.Equal(global::Grpc.Core.StatusCode.DeadlineExceeded, error.StatusCode);
    }

    public void Dispose() => _plain.Dispose();

    private static TimeSpan Left(SeenRequest request)
    {
        Assert.True(GrpcTimeout.TryParse(request.Headers[MeshHeaders.Timeout], out var left));
        return left;
    }

    private async Task<string> GrpcAsync(TestServer server, string timeout)
    {
        using var response = await SendGrpcAsync(server, "grpc-timeout", timeout);
        return await response.Content.ReadAsStringAsync();
    }

    private async Task<HttpResponseMessage> SendGrpcAsync(TestServer server, string header, string timeout)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, server.Address) { Content = new ByteArrayContent([]) };
        request.Content.Headers.ContentType = new("application/grpc");
        request.Headers.Add(header, timeout);
        return await _plain.SendAsync(request);
    }

    private async Task<HttpResponseMessage> SendAsync(TestServer server, string? timeout)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, server.Address);
        if (timeout is not null)
            request.Headers.Add(MeshHeaders.Timeout, timeout);
        return await _plain.SendAsync(request);
    }
}

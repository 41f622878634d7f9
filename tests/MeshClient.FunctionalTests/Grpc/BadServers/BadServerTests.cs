using System.Text;
using Grpc.Core;
using Grpc.Net.Client;
using MeshClient.FunctionalTests.Grpc.Shop;
using Microsoft.Extensions.DependencyInjection;

namespace MeshClient.FunctionalTests.Grpc.BadServers;

/// <summary>Servers that do not speak gRPC as they should: each ends in the right status, never a hang, and speaks against its endpoint where it should.</summary>
public sealed class BadServerTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    private static readonly PriceRequest s_tea = new() { Item = "tea" };

    /// <summary>What the server does; what the caller gets; whether it speaks against the endpoint. Each is one attempt.</summary>
    [Theory]
    [InlineData("html 200", StatusCode.Unknown, true)]
    [InlineData("html 204", StatusCode.Unknown, true)]
    [InlineData("html 302", StatusCode.Unknown, true)]
    [InlineData("html 307", StatusCode.Unknown, true)]
    [InlineData("html 400", StatusCode.Internal, false)]
    [InlineData("html 401", StatusCode.Unauthenticated, false)]
    [InlineData("html 403", StatusCode.PermissionDenied, false)]
    [InlineData("html 404", StatusCode.Unimplemented, false)]
    [InlineData("html 418", StatusCode.Unknown, false)]
    [InlineData("html 429", StatusCode.Unavailable, false)]
    [InlineData("html 500", StatusCode.Unknown, true)]
    [InlineData("html 502", StatusCode.Unavailable, true)]
    [InlineData("html 503", StatusCode.Unavailable, true)]
    [InlineData("html 504", StatusCode.Unavailable, true)]
    [InlineData("type application/json", StatusCode.Unknown, true)]
    [InlineData("type application/grpc-web", StatusCode.Unknown, true)]
    [InlineData("type none", StatusCode.Unknown, true)]
    [InlineData("type application/grpc+proto", StatusCode.OK, false)]
    [InlineData("trailing status 0", StatusCode.OK, false)]
    [InlineData("trailing status 99", StatusCode.Unknown, true)]
    [InlineData("trailing status abc", StatusCode.Unknown, true)]
    [InlineData("trailing status -1", StatusCode.Unknown, true)]
    [InlineData("trailers-only status 99", StatusCode.Unknown, true)]
    [InlineData("trailers-only status abc", StatusCode.Unknown, true)]
    [InlineData("trailers-only status 0", StatusCode.Internal, false)]
    [InlineData("trailers-only 503, status 5", StatusCode.NotFound, false)]
    [InlineData("trailers-only 503, status abc", StatusCode.Unknown, true)]
    [InlineData("trailers-only 404, status 14", StatusCode.Unavailable, true)]
    [InlineData("no status after headers", StatusCode.Unknown, true)]
    [InlineData("no status after message", StatusCode.Unknown, true)]
    [InlineData("no status after trailers", StatusCode.Unknown, true)]
    [InlineData("cut message, status 0", StatusCode.Internal, false)]
    [InlineData("cut message, status 14", StatusCode.Internal, true)]
    [InlineData("cut prefix, status 0", StatusCode.Internal, false)]
    [InlineData("no message, status 0", StatusCode.Internal, false)]
    [InlineData("length 0, status 0", StatusCode.Internal, false)]
    [InlineData("length 0, status 14", StatusCode.Unavailable, true)]
    [InlineData("garbage, status 0", StatusCode.Unavailable, false)]
    [InlineData("message over the limit, status 0", StatusCode.ResourceExhausted, false)]
    [InlineData("headers of 60000", StatusCode.Internal, false)]
    [InlineData("headers of 70000", StatusCode.ResourceExhausted, false)]
    [InlineData("headers in pieces of 7000", StatusCode.ResourceExhausted, false)]
    [InlineData("headers without :status", StatusCode.Internal, true)]
    [InlineData("trailers of 60000", StatusCode.OK, false)]
    [InlineData("trailers of 70000", StatusCode.ResourceExhausted, false)]
    [InlineData("reset 0", StatusCode.Unavailable, true)]
    [InlineData("reset 1", StatusCode.Internal, true)]
    [InlineData("reset 2", StatusCode.Internal, true)]
    [InlineData("reset 7", StatusCode.Unavailable, true)]
    [InlineData("reset 8", StatusCode.Cancelled, true)]
    [InlineData("reset 11", StatusCode.ResourceExhausted, true)]
    [InlineData("reset 12", StatusCode.PermissionDenied, false)]
    [InlineData("headers, reset 2", StatusCode.Internal, true)]
    [InlineData("headers, reset 7", StatusCode.Unavailable, true)]
    [InlineData("headers, reset 8", StatusCode.Cancelled, true)]
    [InlineData("message, reset 2", StatusCode.Internal, true)]
    [InlineData("message, reset 11", StatusCode.ResourceExhausted, true)]
    [InlineData("closes after request", StatusCode.Unavailable, true)]
    [InlineData("closes after headers", StatusCode.Unavailable, true)]
    [InlineData("goaway that includes the call, then answer", StatusCode.OK, false)]
    [InlineData("goaway that includes the call, then close", StatusCode.Unavailable, true)]
    [InlineData("goaway that excludes the call, after request", StatusCode.Unavailable, true)]
    [InlineData("goaway that excludes the call, after headers", StatusCode.Unavailable, true)]
    public async Task Each_ends_in_its_status(string answer, StatusCode status, bool isAgainstEndpoint)
    {
        await using var server = BadServer.Start(BadAnswer.Of(answer));
        await using var app = await ClientAsync([server.Endpoint("bad")]);

        await EndsAsync(app, status, isAgainstEndpoint);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nHi")]
    [InlineData("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")]
    [InlineData("SSH-2.0-OpenSSH_9.6\r\n")]
    public async Task What_does_not_speak_HTTP_2_ends_in_a_status(string answer)
    {
        // It answers when the whole call has come, and does not hang up: a connection that ends before the call is on it, or by a reset, is UNAVAILABLE.
        await using var server = RawServer.Start(async socket =>
        {
            var come = "";
            var buffer = new byte[4096];
            while (!come.Contains("tea", StringComparison.Ordinal))
                come += Encoding.Latin1.GetString(buffer, 0, await socket.ReceiveAsync(buffer));
            await socket.SendAsync(Encoding.ASCII.GetBytes(answer));
        });
        await using var app = await ClientAsync([server.Endpoint("bad")]);

        await EndsAsync(app, StatusCode.Internal, isAgainstEndpoint: true);
    }

    [Theory]
    [InlineData("html 200", "expected an answer of gRPC from bad (127.0.0.1:", "found the content type \"text/html\". Does a gRPC server listen there")]
    [InlineData("type none", "expected an answer of gRPC from bad (127.0.0.1:", "found no content type.")]
    [InlineData("no status after message", "expected a grpc-status at the end of the answer of bad (127.0.0.1:", "found none.")]
    [InlineData("trailing status abc", "expected a grpc-status of 0 to 16 from bad (127.0.0.1:", "found \"abc\".")]
    [InlineData("trailers-only status 99", "expected a grpc-status of 0 to 16 from bad (127.0.0.1:", "found \"99\".")]
    [InlineData("headers of 70000", "pricing: the headers or trailers of the answer of bad (127.0.0.1:", "exceeded the set limit of 65536 bytes. Have the server send less")]
    [InlineData("trailers of 70000", "pricing: the headers or trailers of the answer of bad (127.0.0.1:", "exceeded the set limit of 65536 bytes. Have the server send less")]
    public async Task What_is_no_gRPC_is_told_in_words(string answer, string expected, string found)
    {
        await using var server = BadServer.Start(BadAnswer.Of(answer));
        await using var app = await ClientAsync([server.Endpoint("bad")]);
        using var channel = Channel(app);

        var error = await Assert.ThrowsAsync<RpcException>(() => new Pricing.PricingClient(channel).ReserveAsync(s_tea).ResponseAsync);

        Assert.Contains(expected, error.Status.Detail, StringComparison.Ordinal);
        Assert.Contains(found, error.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_without_a_status_ends_in_the_same_one()
    {
        await using var server = BadServer.Start(BadAnswer.Of("no status after message"));
        await using var app = await ClientAsync([server.Endpoint("bad")]);
        using var channel = Channel(app);
        using var watch = new Pricing.PricingClient(channel).Watch(s_tea);
        Assert.True(await watch.ResponseStream.MoveNext(CancellationToken.None));

        var error = await Assert.ThrowsAsync<RpcException>(() => watch.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(s_patience));

        Assert.Equal(StatusCode.Unknown, error.StatusCode);
        Assert.Equal(1, app.Endpoint("bad", "pricing")!.Runs.Errors);
    }

    /// <summary>What the server has not begun goes to another, whatever the method; what it may have begun does not.</summary>
    [Theory]
    [InlineData("reset 7", true)]
    [InlineData("goaway that excludes the call, after request", true)]
    [InlineData("trailers-only status 14", true)]
    [InlineData("trailers-only 404, status 14", true)]
    [InlineData("html 503", true)]
    [InlineData("reset 2", false)]
    [InlineData("closes after request", false)]
    [InlineData("goaway that includes the call, then close", false)]
    [InlineData("headers, reset 7", false)]
    [InlineData("goaway that excludes the call, after headers", false)]
    [InlineData("trailing status 14", false)]
    [InlineData("trailers-only 503, status 5", false)]
    public async Task Only_what_was_not_begun_goes_elsewhere(string answer, bool goesElsewhere)
    {
        await using var bad = BadServer.Start(BadAnswer.Of(answer));
        await using var good = BadServer.Start(BadServer.ServeAsync);
        await using var app = await ClientAsync([bad.Endpoint("bad"), good.Endpoint("good")], attempts: 2, ("Upstreams:pricing:LoadBalancing", "RoundRobin"));
        using var channel = Channel(app);
        var client = new Pricing.PricingClient(channel);

        // In turn, so that one of both meets the bad server first.
        var failures = 0;
        for (var i = 0; i < 2; i++)
            failures += await Record.ExceptionAsync(() => client.ReserveAsync(s_tea).ResponseAsync.WaitAsync(s_patience)) is null ? 0 : 1;

        Assert.NotEqual(0, bad.Requests);
        Assert.Equal(goesElsewhere ? 0 : 1, failures);
    }

    [Fact]
    public async Task A_refusal_that_passes_is_not_seen_at_all()
    {
        var refused = 0;
        await using var server = BadServer.Start((c, s) => Interlocked.Increment(ref refused) == 1 ? c.ResetAsync(s, 7) : BadServer.ServeAsync(c, s));
        await using var app = await ClientAsync([server.Endpoint("bad")]);

        await EndsAsync(app, StatusCode.OK, isAgainstEndpoint: false);
        Assert.Equal(2, server.Requests);
    }

    [Fact]
    public async Task Calls_over_the_limit_of_streams_wait_or_get_connections_of_their_own()
    {
        await using var server = LimitedServer.Start(maxStreams: 1);
        // A client begins as it likes until the settings of a new connection have come; what was refused then is sent once more.
        await using var app = await ClientAsync([server.Endpoint("bad")], attempts: 3, ("Upstreams:pricing:Grpc:IdempotentMethods:0", "shop.Pricing/*"));
        using var channel = Channel(app);
        var client = new Pricing.PricingClient(channel);
        await client.ReserveAsync(s_tea);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => client.ReserveAsync(s_tea).ResponseAsync)).WaitAsync(s_patience);

        Assert.Equal(9, server.Served);
        Assert.NotNull(app.Endpoint("bad", "pricing"));
    }

    [Theory]
    [InlineData("headers of 70000")]
    [InlineData("trailers of 70000")]
    public async Task An_answer_over_the_limit_of_this_process_is_not_asked_for_again(string answer)
    {
        await using var server = BadServer.Start(BadAnswer.Of(answer));
        await using var app = await ClientAsync([server.Endpoint("bad")], attempts: 3, ("Upstreams:pricing:Grpc:IdempotentMethods:0", "shop.Pricing/*"));

        await EndsAsync(app, StatusCode.ResourceExhausted, isAgainstEndpoint: false);
        Assert.Equal(1, server.Requests);
    }

    [Fact]
    public async Task A_message_over_the_callers_limit_blames_nobody()
    {
        await using var server = BadServer.Start(BadServer.ServeAsync);
        await using var app = await ClientAsync([server.Endpoint("bad")]);
        var options = app.Services.GetRequiredService<IMesh>().GrpcOptions();
        options.MaxReceiveMessageSize = 4;
        using var channel = GrpcChannel.ForAddress("http://pricing", options);

        var error = await Assert.ThrowsAsync<RpcException>(() => new Pricing.PricingClient(channel).ReserveAsync(s_tea).ResponseAsync);

        Assert.Equal(StatusCode.ResourceExhausted, error.StatusCode);
        await Eventually.True(() => app.InFlight("pricing") == 0);
        Assert.Equal(0, app.Endpoint("bad", "pricing")!.Runs.Errors);
    }

    private static async Task EndsAsync(MeshApp app, StatusCode status, bool isAgainstEndpoint)
    {
        using var channel = Channel(app);
        using var call = new Pricing.PricingClient(channel).ReserveAsync(s_tea);

        var error = await Record.ExceptionAsync(() => call.ResponseAsync.WaitAsync(s_patience));

        Assert.True(((error as RpcException)?.StatusCode ?? StatusCode.OK) == status && error is null or RpcException, $"Expected {status}, found {error}");
        await Eventually.True(() => app.InFlight("pricing") == 0);
        // The count comes a moment after the place is free.
        await Eventually.True(() => app.Endpoint("bad", "pricing")!.Runs.Errors == (isAgainstEndpoint ? 1 : 0));
    }

    private static async Task<MeshApp> ClientAsync(Endpoint[] servers, int attempts = 1, params (string Key, string? Value)[] settings)
    {
        // No empty set comes before: a call that met it would be UNAVAILABLE as well.
        var all = settings.ToDictionary(s => s.Key, s => s.Value);
        all["Upstreams:pricing:Service"] = "pricing";
        all["Upstreams:pricing:Retry:MaxAttempts"] = $"{attempts}";
        var app = await MeshApp.StartAsync(all);
        app.Registry.Say("pricing", servers);
        return app;
    }

    private static GrpcChannel Channel(MeshApp app) => GrpcChannel.ForAddress("http://pricing", app.Services.GetRequiredService<IMesh>().GrpcOptions());
}

using Grpc.Core;
using Grpc.Net.Client;
using MeshClient.FunctionalTests.Grpc.Shop;
using Microsoft.Extensions.DependencyInjection;
using Polly;

namespace MeshClient.FunctionalTests.Grpc;

/// <summary>Requests that are streamed are made again, as far as they are kept.</summary>
public sealed class StreamRetryTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_stream_that_a_server_gives_up_goes_whole_to_another(int after)
    {
        await using var pair = await GrpcPair.StartAsync(servers: 2);
        FailFirst(pair, after);
        using var call = pair.Client.Sum();

        foreach (var item in "abcd")
            await call.RequestStream.WriteAsync(Request($"{item}"));
        await call.RequestStream.CompleteAsync();
        var sum = await call;

        Assert.Equal(("abcd", 4), (sum.Item, sum.Cents));
        Assert.All(pair.Services, s => Assert.Single(s.Calls));
        Assert.Equal("1", Assert.Single(pair.Services.SelectMany(s => s.Calls), c => c.Headers.Get("grpc-previous-rpc-attempts") is not null).Headers.GetValue("grpc-previous-rpc-attempts"));
        Assert.Equal(0, pair.App.Cluster("pricing").Replays.Taken);
    }

    [Fact]
    public async Task A_talk_goes_on_at_another_server_before_the_first_answer_and_not_after_it()
    {
        await using var pair = await GrpcPair.StartAsync(servers: 2);
        FailFirst(pair, after: 1);
        using var chat = pair.Client.Chat();

        for (var i = 0; i < 3; i++)
        {
            await chat.RequestStream.WriteAsync(Request($"{i}"));
            Assert.True(await chat.ResponseStream.MoveNext());
            Assert.Equal($"{i}", chat.ResponseStream.Current.Item);
        }
        foreach (var service in pair.Services)
            service.Reading = _ => throw new RpcException(new Status(StatusCode.Unavailable, "as the test says"));
        await chat.RequestStream.WriteAsync(Request("late"));
        var error = await Assert.ThrowsAsync<RpcException>(() => chat.ResponseStream.MoveNext());

        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        Assert.All(pair.Services, s => Assert.Single(s.Calls));
        Assert.Equal(0, pair.App.Cluster("pricing").Replays.Taken);
    }

    [Theory]
    [InlineData("10")]
    [InlineData("0")]
    public async Task What_is_longer_than_is_kept_is_not_made_again(string bytes)
    {
        await using var pair = await GrpcPair.StartAsync(servers: 2, ("Upstreams:pricing:Grpc:ReplayBytes", bytes));
        FailFirst(pair, after: 4);
        using var call = pair.Client.Sum();

        var error = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            foreach (var item in "abcd")
                await call.RequestStream.WriteAsync(Request($"{item}"));
            await call.RequestStream.CompleteAsync();
            await call;
        });

        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        Assert.Equal(1, pair.Services.Sum(s => s.Calls.Count));
    }

    [Fact]
    public async Task A_stream_longer_than_is_kept_arrives_whole()
    {
        await using var pair = await GrpcPair.StartAsync();
        using var call = pair.Client.Sum();
        var chunk = new string('x', 100_000);

        for (var i = 0; i < 30; i++)
            await call.RequestStream.WriteAsync(Request(chunk));
        await call.RequestStream.CompleteAsync();
        var sum = await call;

        Assert.Equal((3_000_000, 30), (sum.Item.Length, sum.Cents));
        Assert.Equal(0, pair.App.Cluster("pricing").Replays.Taken);
    }

    [Fact]
    public async Task A_talk_that_its_caller_cancels_keeps_nothing()
    {
        await using var pair = await GrpcPair.StartAsync();
        using var cancel = new CancellationTokenSource();
        using var call = pair.Client.Sum(cancellationToken: cancel.Token);
        await call.RequestStream.WriteAsync(Request("tea"));

        await cancel.CancelAsync();
        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync);

        Assert.Equal(StatusCode.Cancelled, error.StatusCode);
        await Eventually.True(() => pair.App.Cluster("pricing").Replays.Taken == 0);
    }

    [Fact]
    public async Task A_strategy_of_the_application_sends_a_stream_again_that_is_kept()
    {
        await using var pair = await GrpcPair.StartAsync(servers: 2, Retrying(tries: 2), ("Upstreams:pricing:Retry:MaxAttempts", "1"));
        FailFirst(pair, after: 4);

        var sum = await SumAsync(pair.Client);

        Assert.Equal(("abcd", 4), (sum.Item, sum.Cents));
        Assert.Equal(2, pair.Services.Sum(s => s.Calls.Count));
        Assert.Equal(0, pair.App.Cluster("pricing").Replays.Taken);
    }

    [Theory]
    [InlineData("2", "2")]
    [InlineData("10", "2")]
    [InlineData("0", "2")]
    [InlineData("0", "1")]
    public async Task A_strategy_of_the_application_sends_no_stream_again_that_is_not_kept(string bytes, string attempts)
    {
        await using var pair = await GrpcPair.StartAsync(
            servers: 1, Retrying(tries: 3), ("Upstreams:pricing:Grpc:ReplayBytes", bytes), ("Upstreams:pricing:Retry:MaxAttempts", attempts));
        FailAll(pair);

        var error = await Assert.ThrowsAsync<RpcException>(() => SumAsync(pair.Client));

        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        Assert.Contains("the request is a stream that has been sent and is not kept any more", error.Status.Detail, StringComparison.Ordinal);
        Assert.EndsWith("The answer to the try before was Unavailable.", error.Status.Detail, StringComparison.Ordinal);
        Assert.Single(pair.Services[0].Calls);
        Assert.Equal(0, pair.App.Cluster("pricing").Replays.Taken);
    }

    [Fact]
    public async Task A_handler_above_the_mesh_sends_no_stream_again()
    {
        await using var pair = await GrpcPair.StartAsync(servers: 1, ("Upstreams:pricing:Retry:MaxAttempts", "2"));
        FailAll(pair);
        var options = pair.App.Services.GetRequiredService<IMesh>().GrpcOptions();
        options.HttpHandler = new Twice { InnerHandler = options.HttpHandler! };
        using var channel = GrpcChannel.ForAddress("http://pricing", options);

        var error = await Assert.ThrowsAsync<RpcException>(() => SumAsync(new Pricing.PricingClient(channel)));

        Assert.Equal(StatusCode.Internal, error.StatusCode);
        Assert.Contains("the request is a stream that has been sent", error.Status.Detail, StringComparison.Ordinal);
        // The mesh's own two attempts.
        Assert.Equal(2, pair.Services[0].Calls.Count);
    }

    private static async Task<Price> SumAsync(Pricing.PricingClient client)
    {
        using var call = client.Sum();
        foreach (var item in "abcd")
            await call.RequestStream.WriteAsync(Request($"{item}"));
        await call.RequestStream.CompleteAsync();
        return await call;
    }

    private static Action<MeshBuilder> Retrying(int tries) => mesh => mesh.AddResilience("pricing", builder => builder.AddRetry(new()
    {
        MaxRetryAttempts = tries - 1,
        Delay = TimeSpan.Zero,
        ShouldHandle = args => new(args.Outcome.Exception is not null || args.Outcome.Result?.Headers.Contains("grpc-status") == true),
    }));

    private static PriceRequest Request(string item) => new() { Item = item };

    // Once it has read all of the stream.
    private static void FailAll(GrpcPair pair)
    {
        foreach (var service in pair.Services)
        {
            service.Reading = read =>
            {
                if (read == 4)
                    throw new RpcException(new Status(StatusCode.Unavailable, "as the test says"));
            };
        }
    }

    // Whichever is called first fails once it has read so many messages; the other one does as it is asked.
    private static void FailFirst(GrpcPair pair, int after)
    {
        var failed = 0;
        foreach (var service in pair.Services)
        {
            service.Reading = read =>
            {
                if (read == after && Interlocked.Exchange(ref failed, 1) == 0)
                    throw new RpcException(new Status(StatusCode.Unavailable, "as the test says"));
            };
            if (after == 0)
                service.Before = _ => Interlocked.Exchange(ref failed, 1) == 0 ? throw new RpcException(new Status(StatusCode.Unavailable, "as the test says")) : Task.CompletedTask;
        }
    }

    /// <summary>Sends what has failed once more, as handlers of the application's may.</summary>
    private sealed class Twice : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var answer = await base.SendAsync(request, cancellationToken);
            return answer.Headers.Contains("grpc-status") ? await base.SendAsync(request, cancellationToken) : answer;
        }
    }
}

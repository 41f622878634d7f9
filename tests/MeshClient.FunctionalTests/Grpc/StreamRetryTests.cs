using Grpc.Core;
using MeshClient.FunctionalTests.Grpc.Shop;

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

    private static PriceRequest Request(string item) => new() { Item = item };

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
}

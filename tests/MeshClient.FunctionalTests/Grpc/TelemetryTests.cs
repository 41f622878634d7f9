using System.Collections.Concurrent;
using System.Diagnostics;
using Grpc.Core;
using MeshClient.FunctionalTests.Grpc.Shop;

namespace MeshClient.FunctionalTests.Grpc;

/// <summary>The spans of real gRPC calls: one a call, to the end of its stream, with its messages counted.</summary>
public sealed class TelemetryTests
{
    private static readonly PriceRequest s_tea = new() { Item = "tea" };

    [Fact]
    public async Task Each_call_is_a_span_that_counts_its_messages()
    {
        await using var pair = await GrpcPair.StartAsync();
        using var root = new Activity("test").SetIdFormat(ActivityIdFormat.W3C).Start();
        var ended = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == "MeshClient",
            Sample = (ref ActivityCreationOptions<ActivityContext> span) =>
                span.TraceId == root.TraceId ? ActivitySamplingResult.AllDataAndRecorded : ActivitySamplingResult.None,
            ActivityStopped = span =>
            {
                if (span.TraceId == root.TraceId && span.GetTagItem("rpc.method") is not null)
                    ended.Enqueue(span);
            },
        };
        ActivitySource.AddActivityListener(listener);

        await pair.Client.GetPriceAsync(s_tea);
        using (var watch = pair.Client.Watch(s_tea))
            Assert.Equal(3, await watch.ResponseStream.ReadAllAsync().CountAsync());
        using (var sum = pair.Client.Sum())
        {
            await sum.RequestStream.WriteAsync(s_tea);
            await sum.RequestStream.WriteAsync(s_tea);
            await sum.RequestStream.CompleteAsync();
            Assert.Equal("teatea", (await sum).Item);
        }
        pair.Services[0].Before = _ => throw new RpcException(new Status(StatusCode.Aborted, "as the test says"));
        using (var chat = pair.Client.Chat())
        {
            for (var i = 0; i < 2; i++)
            {
                await chat.RequestStream.WriteAsync(s_tea);
                Assert.True(await chat.ResponseStream.MoveNext(CancellationToken.None));
            }
            await chat.RequestStream.CompleteAsync();
            await Assert.ThrowsAsync<RpcException>(() => chat.ResponseStream.MoveNext(CancellationToken.None));
        }

        Assert.Equal(
            ["shop.Pricing/GetPrice OK 1 1", "shop.Pricing/Watch OK 1 3", "shop.Pricing/Sum OK 2 1", "shop.Pricing/Chat ABORTED 2 2"],
            ended.Select(s => $"{s.DisplayName} {s.GetTagItem("rpc.response.status_code")} {s.GetTagItem("mesh.rpc.messages.sent")} {s.GetTagItem("mesh.rpc.messages.received")}"));
        Assert.Same(root, Activity.Current);
    }
}

using Grpc.Core;
using Grpc.Net.Client;
using MeshClient.FunctionalTests.Grpc.Shop;
using Xds.Service.Orca.V3;

namespace MeshClient.FunctionalTests.Grpc;

/// <summary>What a server tells of its gRPC calls, by OpenTelemetry's conventions for RPC.</summary>
public sealed class ServerMetricsTests
{
    private static readonly PriceRequest s_tea = new() { Item = "tea" };

    [Fact]
    public async Task Each_call_has_its_method_and_the_name_of_its_status()
    {
        await using var pair = await GrpcPair.StartMeshAsync(1, []);
        using var seen = new MeasuredCalls(pair.Servers[0].Services);
        using var channel = GrpcChannel.ForAddress(pair.Servers[0].Address);
        var client = new Pricing.PricingClient(channel);

        await client.GetPriceAsync(s_tea);
        using (var watch = client.Watch(s_tea))
            Assert.Equal(3, await watch.ResponseStream.ReadAllAsync().CountAsync());
        pair.Services[0].Before = _ => throw new RpcException(new(StatusCode.NotFound, ""));
        await Assert.ThrowsAsync<RpcException>(() => client.GetPriceAsync(s_tea).ResponseAsync);
        // Behind the messages, in trailers.
        pair.Services[0].Before = _ => throw new RpcException(new(StatusCode.DataLoss, ""));
        using (var watch = client.Watch(s_tea))
            await Assert.ThrowsAsync<RpcException>(async () => await watch.ResponseStream.ReadAllAsync().CountAsync());
        pair.Services[0].Before = _ => throw new InvalidOperationException();
        await Assert.ThrowsAsync<RpcException>(() => client.ReserveAsync(s_tea).ResponseAsync);

        await Eventually.True(() => seen.Calls.Count == 5);
        Assert.Equal(
            [
                "shop.Pricing/GetPrice NOT_FOUND ", "shop.Pricing/GetPrice OK ", "shop.Pricing/Reserve UNKNOWN UNKNOWN", "shop.Pricing/Watch DATA_LOSS DATA_LOSS",
                "shop.Pricing/Watch OK ",
            ],
            seen.Calls.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_method_that_is_not_served_is_other_whatever_its_name()
    {
        await using var pair = await GrpcPair.StartMeshAsync(1, []);
        using var seen = new MeasuredCalls(pair.Servers[0].Services);
        using var channel = GrpcChannel.ForAddress(pair.Servers[0].Address);

        foreach (var (service, method) in (ReadOnlySpan<(string, string)>)[("shop.Pricing", "Invented"), ("in.Vented", "GetPrice")])
            Assert.Equal(StatusCode.Unimplemented, Assert.Throws<RpcException>(() => channel.CreateCallInvoker().BlockingUnaryCall(Method(service, method), null, new(), s_tea)).StatusCode);

        await Eventually.True(() => seen.Calls.Count == 2);
        Assert.Equal(["_OTHER UNIMPLEMENTED UNIMPLEMENTED", "_OTHER UNIMPLEMENTED UNIMPLEMENTED"], seen.Calls);
    }

    [Fact]
    public async Task The_stream_of_load_reports_has_its_own_name()
    {
        await using var pair = await GrpcPair.StartMeshAsync(1, new() { ["Inbound:LoadReports"] = "true" });
        using var seen = new MeasuredCalls(pair.Servers[0].Services);
        using var channel = GrpcChannel.ForAddress(pair.Servers[0].Address);
        using (var reports = new OpenRcaService.OpenRcaServiceClient(channel).StreamCoreMetrics(new()))
            Assert.True(await reports.ResponseStream.MoveNext(CancellationToken.None));

        await Eventually.True(() => seen.Calls.Count == 1);
        Assert.Equal(["xds.service.orca.v3.OpenRcaService/StreamCoreMetrics CANCELLED "], seen.Calls);
    }

    [Fact]
    public async Task Calls_that_the_mesh_refuses_and_calls_that_are_given_up_are_told_as_well()
    {
        await using var pair = await GrpcPair.StartMeshAsync(1, new() { ["Inbound:MaxConcurrentRequests"] = "1" });
        using var seen = new MeasuredCalls(pair.Servers[0].Services);
        using var channel = GrpcChannel.ForAddress(pair.Servers[0].Address);
        var client = new Pricing.PricingClient(channel);
        pair.Services[0].Before = context => Task.Delay(Timeout.InfiniteTimeSpan, context.CancellationToken);
        var watch = client.Watch(s_tea);
        Assert.True(await watch.ResponseStream.MoveNext(CancellationToken.None));

        // By its name, though it was never served.
        Assert.Equal(StatusCode.ResourceExhausted, (await Assert.ThrowsAsync<RpcException>(() => client.GetPriceAsync(s_tea).ResponseAsync)).StatusCode);
        var unknown = Method("shop.Pricing", "Invented");
        Assert.Equal(StatusCode.ResourceExhausted, Assert.Throws<RpcException>(() => channel.CreateCallInvoker().BlockingUnaryCall(unknown, null, new(), s_tea)).StatusCode);
        watch.Dispose();

        await Eventually.True(() => seen.Calls.Count == 3);
        Assert.Equal(["shop.Pricing/GetPrice RESOURCE_EXHAUSTED ", "_OTHER RESOURCE_EXHAUSTED ", "shop.Pricing/Watch CANCELLED "], seen.Calls);
    }

    [Fact]
    public async Task Messages_are_counted_by_method_and_direction_as_they_pass()
    {
        await using var pair = await GrpcPair.StartMeshAsync(1, []);
        using var seen = new MeasuredCalls(pair.Servers[0].Services, "mesh.inbound.grpc_messages");
        using var channel = GrpcChannel.ForAddress(pair.Servers[0].Address, new() { MaxSendMessageSize = null, MaxReceiveMessageSize = null });
        var client = new Pricing.PricingClient(channel);
        using var chat = client.Chat();
        for (var i = 0; i < 2; i++)
        {
            // The second is in many frames of HTTP/2.
            var item = new string('x', 1 + (i * 1_000_000));
            await chat.RequestStream.WriteAsync(new() { Item = item });
            Assert.True(await chat.ResponseStream.MoveNext(CancellationToken.None));
            Assert.Equal(item, chat.ResponseStream.Current.Item);
        }
        // The stream is still open.
        await Eventually.True(() => seen.Messages("shop.Pricing/Chat", "receive") == 2 && seen.Messages("shop.Pricing/Chat", "transmit") == 2);

        await client.GetPriceAsync(s_tea);

        await Eventually.True(() => seen.Messages("shop.Pricing/GetPrice", "receive") == 1 && seen.Messages("shop.Pricing/GetPrice", "transmit") == 1);
        await chat.RequestStream.CompleteAsync();
        Assert.False(await chat.ResponseStream.MoveNext(CancellationToken.None));
        Assert.Equal(6, seen.MessagesOfAll);
    }

    private static Method<PriceRequest, Price> Method(string service, string name) => new(
        MethodType.Unary, service, name, Marshallers.Create(_ => Array.Empty<byte>(), _ => new PriceRequest()), Marshallers.Create(_ => Array.Empty<byte>(), _ => new Price()));
}

using Grpc.Core;
using Grpc.Net.Client;
using MeshClient.FunctionalTests.Grpc.Shop;
using MeshClient.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace MeshClient.FunctionalTests.Grpc;

/// <summary>What a failed gRPC call comes to: which are made again, what the caller is told, what it means for the endpoint.</summary>
public sealed class FailureTests
{
    private static readonly PriceRequest s_tea = new() { Item = "tea" };

    [Fact]
    public async Task Unavailable_is_tried_elsewhere_whatever_the_method_and_says_how_often()
    {
        await using var pair = await GrpcPair.StartAsync(servers: 2, ("Upstreams:pricing:LoadBalancing", "RoundRobin"));
        foreach (var service in pair.Services)
            service.Before = _ => pair.Services.Sum(s => s.Calls.Count) == 1 ? throw Fault(StatusCode.Unavailable) : Task.CompletedTask;

        await pair.Client.ReserveAsync(s_tea);

        var calls = pair.Services.SelectMany(s => s.Calls).ToArray();
        Assert.Equal(2, calls.Length);
        Assert.All(pair.Services, s => Assert.Single(s.Calls));
        Assert.Equal("1", Assert.Single(calls, c => c.Headers.Get("grpc-previous-rpc-attempts") is not null).Headers.GetValue("grpc-previous-rpc-attempts"));
    }

    [Theory]
    [InlineData(StatusCode.Internal)]
    [InlineData(StatusCode.ResourceExhausted)]
    [InlineData(StatusCode.Aborted)]
    public async Task Other_statuses_are_the_answer(StatusCode status)
    {
        await using var pair = await GrpcPair.StartAsync(servers: 2);
        foreach (var service in pair.Services)
            service.Before = _ => throw Fault(status);

        var error = await Assert.ThrowsAsync<RpcException>(() => pair.Client.GetPriceAsync(s_tea).ResponseAsync);

        Assert.Equal((status, "as the test says"), (error.StatusCode, error.Status.Detail));
        Assert.Equal(1, pair.Services.Sum(s => s.Calls.Count));
    }

    [Fact]
    public async Task A_stream_that_has_begun_is_not_made_again()
    {
        await using var pair = await GrpcPair.StartAsync(servers: 2);
        foreach (var service in pair.Services)
            service.Before = _ => throw Fault(StatusCode.Unavailable);
        using var watch = pair.Client.Watch(s_tea);

        var error = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            await foreach (var _ in watch.ResponseStream.ReadAllAsync()) { }
        });

        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        Assert.Equal(1, pair.Services.Sum(s => s.Calls.Count));
    }

    [Fact]
    public async Task A_server_may_forbid_to_call_again()
    {
        await using var pair = await GrpcPair.StartAsync(servers: 2);
        foreach (var service in pair.Services)
            service.Before = _ => throw Fault(StatusCode.Unavailable, ("grpc-retry-pushback-ms", "-1"));

        await Assert.ThrowsAsync<RpcException>(() => pair.Client.GetPriceAsync(s_tea).ResponseAsync);

        Assert.Equal(1, pair.Services.Sum(s => s.Calls.Count));
    }

    [Fact]
    public async Task The_status_behind_the_body_counts_against_the_endpoint()
    {
        await using var pair = await GrpcPair.StartAsync(servers: 3, ("Upstreams:pricing:LoadBalancing", "RoundRobin"));
        pair.Services[0].Before = _ => throw Fault(StatusCode.Unavailable);
        await pair.Client.GetPriceAsync(s_tea);

        for (var i = 0; i < 30 && pair.App.Endpoint("pricing-1", "pricing") is not null; i++)
        {
            using var watch = pair.Client.Watch(s_tea);
            try
            {
                await foreach (var _ in watch.ResponseStream.ReadAllAsync()) { }
            }
            catch (RpcException error) when (error.StatusCode == StatusCode.Unavailable)
            {
            }
        }

        Assert.Null(pair.App.Endpoint("pricing-1", "pricing"));
        Assert.NotNull(pair.App.Endpoint("pricing-2", "pricing"));
    }

    [Fact]
    public async Task Without_an_instance_the_call_is_unavailable()
    {
        await using var app = await GrpcPair.ClientAsync([]);

        var error = await Assert.ThrowsAsync<RpcException>(() => new Pricing.PricingClient(Channel(app)).GetPriceAsync(s_tea).ResponseAsync);

        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        Assert.Contains("the registry knows no instance of \"pricing\"", error.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_call_over_the_limits_of_the_upstream_is_resource_exhausted_and_never_sent()
    {
        await using var pair = await GrpcPair.StartAsync(
            servers: 1, ("Upstreams:pricing:Limits:MaxConcurrent", "1"), ("Upstreams:pricing:Limits:MaxQueued", "0"));
        var ends = new TaskCompletionSource();
        pair.Services[0].Before = _ => ends.Task;
        using var watch = pair.Client.Watch(s_tea);
        Assert.True(await watch.ResponseStream.MoveNext(CancellationToken.None));

        var error = await Assert.ThrowsAsync<RpcException>(() => pair.Client.GetPriceAsync(s_tea).ResponseAsync);

        Assert.Equal(StatusCode.ResourceExhausted, error.StatusCode);
        Assert.Equal(UnavailableReason.LimitReached, Assert.IsType<MeshUnavailableException>(error.Status.DebugException).Reason);
        Assert.Equal("/shop.Pricing/Watch", Assert.Single(pair.Services[0].Calls).Method);
        ends.SetResult();
    }

    [Fact]
    public async Task A_refused_connection_is_tried_elsewhere_whatever_the_method()
    {
        await using var pair = await GrpcPair.StartAsync(servers: 2, ("Upstreams:pricing:LoadBalancing", "RoundRobin"));
        await pair.Servers[0].StopAsync();

        for (var i = 0; i < 4; i++)
            Assert.Equal("pricing-2", (await pair.Client.ReserveAsync(s_tea)).Server);
    }

    [Theory]
    [InlineData("shop.Pricing/GetPrice", 2)]
    [InlineData("shop.Pricing/*", 2)]
    [InlineData("shop.Pricing/Reserve", 1)]
    public async Task A_lost_connection_is_made_good_where_the_method_is_idempotent(string idempotent, int calls)
    {
        await using var pair = await GrpcPair.StartAsync(
            servers: 2, ("Upstreams:pricing:LoadBalancing", "RoundRobin"), ("Upstreams:pricing:Grpc:IdempotentMethods:0", idempotent));
        foreach (var service in pair.Services)
        {
            service.Before = context =>
            {
                if (pair.Services.Sum(s => s.Calls.Count) == 1)
                    context.GetHttpContext().Features.Get<Microsoft.AspNetCore.Connections.Features.IConnectionLifetimeFeature>()!.Abort();
                return Task.CompletedTask;
            };
        }

        var error = await Record.ExceptionAsync(() => pair.Client.GetPriceAsync(s_tea).ResponseAsync);

        Assert.Equal(calls, pair.Services.Sum(s => s.Calls.Count));
        Assert.Equal(calls == 2 ? null : StatusCode.Unavailable, (error as RpcException)?.StatusCode);
    }

    [Theory]
    [InlineData(false, 2)]
    [InlineData(true, 1)]
    public async Task A_proto_file_says_which_methods_are_idempotent(bool reserves, int calls)
    {
        await using var pair = await GrpcPair.StartAsync(
            servers: 2, mesh: m => m.AddIdempotentMethods(PricingReflection.Descriptor.SerializedData.Span), ("Upstreams:pricing:LoadBalancing", "RoundRobin"));
        foreach (var service in pair.Services)
        {
            service.Before = context =>
            {
                if (pair.Services.Sum(s => s.Calls.Count) == 1)
                    context.GetHttpContext().Features.Get<Microsoft.AspNetCore.Connections.Features.IConnectionLifetimeFeature>()!.Abort();
                return Task.CompletedTask;
            };
        }

        await Record.ExceptionAsync(() => (reserves ? pair.Client.ReserveAsync(s_tea) : pair.Client.GetPriceAsync(s_tea)).ResponseAsync);

        Assert.Equal(calls, pair.Services.Sum(s => s.Calls.Count));
    }

    [Fact]
    public async Task A_slow_answer_is_hedged_where_the_method_is_idempotent()
    {
        await using var pair = await GrpcPair.StartAsync(
            servers: 2, ("Upstreams:pricing:Hedging:Delay", "00:00:00.050"), ("Upstreams:pricing:Grpc:IdempotentMethods:0", "shop.Pricing/GetPrice"));
        foreach (var service in pair.Services)
            service.Before = context => pair.Services.Sum(s => s.Calls.Count) == 1 ? Task.Delay(Timeout.InfiniteTimeSpan, context.CancellationToken) : Task.CompletedTask;

        Assert.Equal("tea", (await pair.Client.GetPriceAsync(s_tea)).Item);

        Assert.All(pair.Services, s => Assert.Single(s.Calls));
    }

    [Fact]
    public async Task A_server_with_Kestrels_own_protocols_in_plain_text_is_told_what_it_lacks()
    {
        await using var server = await TestServer.StartAsync("pricing-1", protocols: HttpProtocols.Http1AndHttp2);
        await using var app = await GrpcPair.ClientAsync([server]);

        var error = await Assert.ThrowsAsync<RpcException>(() => app.Services.GetRequiredService<Pricing.PricingClient>().GetPriceAsync(s_tea).ResponseAsync);

        Assert.Equal(StatusCode.Internal, error.StatusCode);
        Assert.Contains("Protocols of the endpoint is Http2", error.Status.Detail, StringComparison.Ordinal);
        Assert.Single(error.Status.Detail.Split("closed the connection")[1..]);
    }

    [Fact]
    public async Task Metadata_over_the_servers_limit_blames_nobody_and_is_not_sent_again()
    {
        await using var pair = await GrpcPair.StartAsync(servers: 2, ("Upstreams:pricing:LoadBalancing", "RoundRobin"));
        // Both have told their limits, and .NET goes by them.
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => pair.Client.GetPriceAsync(s_tea).ResponseAsync));
        var metadata = new Metadata { { "x-large", new string('x', 40_000) } };

        for (var i = 0; i < 10; i++)
        {
            var error = await Assert.ThrowsAsync<RpcException>(() => pair.Client.GetPriceAsync(s_tea, metadata).ResponseAsync);
            Assert.Equal((StatusCode.ResourceExhausted, error.Status.Detail), (error.StatusCode, error.Status.Detail));
        }

        Assert.Equal(4, pair.Services.Sum(s => s.Calls.Count));
        Assert.Equal(2, pair.App.Cluster("pricing").State.Available.Length);
        Assert.All(pair.App.Cluster("pricing").State.Available, e => Assert.Equal((0, 0), (e.InFlight, e.Runs.Errors)));
    }

    [Fact]
    public async Task A_deadline_goes_to_the_server_and_ends_the_call()
    {
        await using var pair = await GrpcPair.StartAsync();
        pair.Services[0].Before = context => Task.Delay(Timeout.InfiniteTimeSpan, context.CancellationToken);

        var error = await Assert.ThrowsAsync<RpcException>(() => pair.Client.GetPriceAsync(s_tea, deadline: DateTime.UtcNow.AddSeconds(1)).ResponseAsync);

        Assert.Equal(StatusCode.DeadlineExceeded, error.StatusCode);
        Assert.NotEqual(DateTime.MaxValue, Assert.Single(pair.Services[0].Calls).Deadline);
    }

    [Fact]
    public async Task A_call_without_a_deadline_has_none()
    {
        await using var pair = await GrpcPair.StartAsync();

        await pair.Client.GetPriceAsync(s_tea);

        var call = Assert.Single(pair.Services[0].Calls);
        Assert.Equal(DateTime.MaxValue, call.Deadline);
        Assert.Null(call.Headers.Get("mesh-timeout"));
    }

    private static GrpcChannel Channel(MeshApp app) =>
        GrpcChannel.ForAddress("http://pricing", app.Services.GetRequiredService<IMesh>().GrpcOptions());

    private static RpcException Fault(StatusCode status, params (string Name, string Value)[] trailers)
    {
        var metadata = new Metadata();
        foreach (var (name, value) in trailers)
            metadata.Add(name, value);
        return new(new Status(status, "as the test says"), metadata);
    }
}

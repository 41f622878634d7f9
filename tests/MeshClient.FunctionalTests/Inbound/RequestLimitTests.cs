using System.Net;
using Grpc.Core;
using MeshClient.FunctionalTests.Grpc;
using MeshClient.Http;

namespace MeshClient.FunctionalTests.Inbound;

/// <summary>A server takes as many requests at a time as it is told; its callers go elsewhere with the others, and do not blame it.</summary>
public sealed class RequestLimitTests
{
    private static readonly Dictionary<string, string?> s_one = new() { ["Inbound:MaxConcurrentRequests"] = "1" };

    [Fact]
    public async Task What_is_over_the_limit_is_refused_and_the_place_is_free_again()
    {
        var release = new TaskCompletionSource();
        await using var server = await MeshServer.StartAsync("a", WaitOn(release), new(s_one));
        using var plain = new HttpClient();
        var first = plain.GetAsync(server.Address);
        await Eventually.True(() => server.Requests.Count == 1);

        using (var refused = await plain.GetAsync(server.Address))
        {
            Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
            Assert.True(refused.Headers.Contains(MeshHeaders.Refused));
        }
        release.SetResult();
        using (var answer = await first)
            Assert.Equal((HttpStatusCode.OK, false), (answer.StatusCode, answer.Headers.Contains(MeshHeaders.Refused)));
        // The answer may be here before the server is through with its request.
        await Eventually.True(async () =>
        {
            using var next = await plain.GetAsync(server.Address);
            return next.IsSuccessStatusCode;
        });

        Assert.Equal(2, server.Requests.Count);
        Assert.Contains("Mesh:Inbound:MaxConcurrentRequests", Assert.Single(server.Log().Of(1430)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_request_is_sent_elsewhere_whatever_its_method_and_ejects_nobody()
    {
        var release = new TaskCompletionSource();
        await using var full = await MeshServer.StartAsync("full", WaitOn(release), new(s_one));
        await using var free = await MeshServer.StartAsync("free", settings: new(s_one));
        await using var app = await MeshApp.ConfiguredAsync(new() { ["Upstreams:catalog:LoadBalancing"] = "RoundRobin" }, full, free);
        using var plain = new HttpClient();
        var holds = plain.GetAsync(full.Address);
        await Eventually.True(() => full.Requests.Count == 1);

        for (var i = 0; i < 12; i++)
        {
            using var response = await app.Client().PostAsync("http://catalog/", new StringContent("once"));
            Assert.Equal("free", await response.Content.ReadAsStringAsync());
        }

        Assert.NotNull(app.Endpoint("full"));
        Assert.Single(full.Requests);
        release.SetResult();
        (await holds).Dispose();
    }

    [Fact]
    public async Task An_application_that_hands_on_a_refusal_from_below_has_not_refused()
    {
        await using var server = await MeshServer.StartAsync("a", context =>
        {
            context.Response.StatusCode = 429;
            context.Response.Headers[MeshHeaders.Refused] = "1";
            return Task.CompletedTask;
        });
        await using var other = await MeshServer.StartAsync("b", Answers.Status(429));
        await using var app = await MeshApp.OfCatalogAsync(server, other);

        using var response = await app.Client().PostAsync("http://catalog/", new StringContent("once"));

        Assert.False(response.Headers.Contains(MeshHeaders.Refused));
        Assert.Equal(1, server.Requests.Count + other.Requests.Count);
    }

    [Theory]
    [InlineData("/grpc.health.v1.Health/Watch")]
    [InlineData("/xds.service.orca.v3.OpenRcaService/StreamCoreMetrics")]
    [InlineData("/alive")]
    public async Task The_check_of_a_full_instance_is_answered(string path)
    {
        var release = new TaskCompletionSource();
        await using var server = await MeshServer.StartAsync("a", WaitOn(release), new(s_one)
        {
            ["Service:Check:Type"] = "Http",
            ["Service:Check:Path"] = "/alive?deep=1",
        });
        using var plain = new HttpClient();
        var holds = plain.GetAsync(server.Address);
        await Eventually.True(() => server.Requests.Count == 1);

        var check = plain.GetAsync(new Uri(server.Address, path));
        await Eventually.True(() => server.Requests.Count == 2);

        release.SetResult();
        foreach (var answer in await Task.WhenAll(holds, check))
            answer.Dispose();
    }

    [Fact]
    public async Task A_grpc_call_over_the_limit_is_made_elsewhere_and_ejects_nobody()
    {
        await using var pair = await GrpcPair.StartMeshAsync(2, new(s_one), ("Upstreams:pricing:LoadBalancing", "RoundRobin"));
        var ends = new TaskCompletionSource();
        foreach (var service in pair.Services)
            service.Before = context => context.Method.EndsWith("Watch", StringComparison.Ordinal) ? ends.Task : Task.CompletedTask;
        using var watch = pair.Client.Watch(new() { Item = "tea" });
        Assert.True(await watch.ResponseStream.MoveNext(CancellationToken.None));
        var full = watch.ResponseStream.Current.Server;

        for (var i = 0; i < 12; i++)
            Assert.NotEqual(full, (await pair.Client.ReserveAsync(new() { Item = "tea" })).Server);

        Assert.NotNull(pair.App.Endpoint(full, "pricing"));
        ends.SetResult();
        await foreach (var _ in watch.ResponseStream.ReadAllAsync()) { }
    }

    [Fact]
    public async Task Where_all_are_full_a_grpc_caller_is_told_resource_exhausted()
    {
        await using var pair = await GrpcPair.StartMeshAsync(1, new(s_one));
        var ends = new TaskCompletionSource();
        pair.Services[0].Before = _ => ends.Task;
        using var watch = pair.Client.Watch(new() { Item = "tea" });
        Assert.True(await watch.ResponseStream.MoveNext(CancellationToken.None));

        var error = await Assert.ThrowsAsync<RpcException>(() => pair.Client.GetPriceAsync(new() { Item = "tea" }).ResponseAsync);

        Assert.Equal(StatusCode.ResourceExhausted, error.StatusCode);
        Assert.Equal("This instance serves as many requests as it may.", error.Status.Detail);
        Assert.NotNull(pair.App.Endpoint("pricing-1", "pricing"));
        ends.SetResult();
    }

    private static RequestDelegate WaitOn(TaskCompletionSource release) => async context =>
    {
        await release.Task.WaitAsync(TimeSpan.FromSeconds(60));
        await context.Response.WriteAsync("done");
    };
}

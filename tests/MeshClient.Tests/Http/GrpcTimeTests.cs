using System.Net;
using Grpc.Core;
using MeshClient.Clusters;
using MeshClient.Http;
using MeshClient.Primitives;
using MeshClient.Resilience;
using MeshClient.Tests.Doubles;

namespace MeshClient.Tests.Http;

/// <summary>The time of gRPC calls: the deadline that they bring, and what holds for those that bring none.</summary>
public sealed class GrpcTimeTests : IDisposable
{
    private static readonly TimeSpan s_minute = TimeSpan.FromMinutes(1);

    private MeshHarness? _mesh;

    public void Dispose() => _mesh?.Dispose();

    [Fact]
    public async Task A_call_that_may_be_made_twice_has_its_whole_deadline_for_the_first_attempt()
    {
        var mesh = Start(o => o.Grpc.IdempotentMethods.Add("shop.Catalog/*"), TimeSpan.FromMilliseconds(900));
        using var response = await mesh.RunAsync(mesh.Client.SendAsync(GrpcMessages.Request("1S"), HttpCompletionOption.ResponseHeadersRead));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Single(mesh.Transports.Sent);
    }

    [Fact]
    public async Task Of_a_deadline_and_a_time_for_the_request_the_nearer_holds()
    {
        var mesh = Start(_ => { }, TimeSpan.Zero);
        foreach (var seconds in (int[])[30, 1])
            (await mesh.RunAsync(mesh.Client.SendAsync(GrpcMessages.Request("2S").SetMeshTimeout(TimeSpan.FromSeconds(seconds)), HttpCompletionOption.ResponseHeadersRead))).Dispose();
        Assert.Equal(["2000m", "1000m"], mesh.Transports.Sent.Select(s => s.Request.Headers.GetValues("grpc-timeout").Single()));
    }

    [Fact]
    public async Task The_time_of_calls_without_a_deadline_reaches_to_the_headers_and_is_not_the_servers()
    {
        var mesh = Start(o => o.Grpc.Timeout = TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(900));
        using var response = await mesh.RunAsync(mesh.Client.SendAsync(GrpcMessages.Request(), HttpCompletionOption.ResponseHeadersRead));
        Assert.False(mesh.Transports.Sent.Single().Request.Headers.Contains("grpc-timeout"));
        Assert.Equal(3, (await mesh.RunAsync(response.Content.ReadAsByteArrayAsync())).Length);
    }

    [Fact]
    public async Task A_call_without_a_deadline_ends_by_its_time_and_says_where_that_is_set()
    {
        var mesh = Start(o => o.Grpc.Timeout = TimeSpan.FromSeconds(1), s_minute);
        var began = mesh.Time.Now();
        var error = await Assert.ThrowsAsync<RpcException>(() => mesh.RunAsync(mesh.Client.SendAsync(GrpcMessages.Request())));
        Assert.Equal((StatusCode.DeadlineExceeded, TimeSpan.FromSeconds(1)), (error.StatusCode, mesh.Time.Now() - began));
        Assert.Contains("within 1 s; its deadline, or Mesh:Upstreams:catalog:Grpc:Timeout", error.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_deadline_of_the_call_that_is_being_served_is_the_servers_too()
    {
        var mesh = Start(o => o.Grpc.Timeout = TimeSpan.FromSeconds(20), s_minute);
        InboundCall.Current = new InboundCall(Deadline.After(mesh.Time.Now(), TimeSpan.FromSeconds(10)));
        var error = await Assert.ThrowsAsync<RpcException>(() => mesh.RunAsync(mesh.Client.SendAsync(GrpcMessages.Request())));
        Assert.Equal("10000m", mesh.Transports.Sent.Single().Request.Headers.GetValues("grpc-timeout").Single());
        Assert.Contains("until the deadline of the call that this one is made for", error.Status.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData(1_000, null)]
    [InlineData(null, 1_000_000)]
    [InlineData(1_000, 1_000_000)]
    public async Task Without_a_deadline_or_with_one_that_no_timer_reaches_a_call_waits_in_the_queue_and_for_its_answer(int? days, int? inboundDays)
    {
        var mesh = Start(
            o =>
            {
                o.Limits.MaxConcurrent = 1;
                o.Limits.MaxQueued = 1;
            }, s_minute);
        if (inboundDays is { } inbound)
            InboundCall.Current = new InboundCall(Deadline.After(mesh.Time.Now(), TimeSpan.FromDays(inbound)));
        using var channel = mesh.Channel();
        var options = new CallOptions(deadline: days is { } own ? DateTime.UtcNow.AddDays(own) : null);
        var began = mesh.Time.Now();

        using var first = channel.CreateCallInvoker().AsyncUnaryCall(GrpcMessages.Method(), host: null, options, "");
        using var second = channel.CreateCallInvoker().AsyncUnaryCall(GrpcMessages.Method(), host: null, options, "");
        await mesh.RunAsync(Task.WhenAll(first.ResponseAsync, second.ResponseAsync));

        Assert.Equal(2 * s_minute, mesh.Time.Now() - began);
        Assert.Equal(2, mesh.Transports.Sent.Count);
    }

    // Answers after a time, the message of a raw request a byte a minute.
    private MeshHarness Start(Action<UpstreamOptions> configure, TimeSpan time)
    {
        var mesh = _mesh = new MeshHarness(configure);
        mesh.Catalogs("a1", "a2");
        mesh.Transports.Answer = async (_, request, token) =>
        {
            var isRaw = request.Content is ByteArrayContent;
            await request.Content!.CopyToAsync(Stream.Null, token);
            await Task.Delay(time, mesh.Time, token);
            return GrpcMessages.Answer(body: isRaw ? new DrippingStream(mesh.Time, s_minute, chunks: 3) : null);
        };
        return mesh;
    }
}

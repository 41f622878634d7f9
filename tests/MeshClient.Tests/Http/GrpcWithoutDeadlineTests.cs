using Grpc.Core;
using Grpc.Net.Client;
using MeshClient.Clusters;
using MeshClient.Primitives;
using MeshClient.Resilience;
using MeshClient.Tests.Doubles;

namespace MeshClient.Tests.Http;

/// <summary>A gRPC call may have no deadline, or one that no timer reaches: it then waits wherever it has to wait.</summary>
public sealed class GrpcWithoutDeadlineTests : IDisposable
{
    private static readonly Marshaller<string> s_empty = Marshallers.Create(_ => Array.Empty<byte>(), _ => "");
    private static readonly TimeSpan s_minute = TimeSpan.FromMinutes(1);

    private MeshHarness? _mesh;

    public void Dispose() => _mesh?.Dispose();

    [Theory]
    [InlineData(null, null)]
    [InlineData(1_000, null)]
    [InlineData(null, 1_000_000)]
    [InlineData(1_000, 1_000_000)]
    public async Task It_waits_in_the_queue_and_for_its_answer(int? days, int? inboundDays)
    {
        var mesh = Start(o =>
        {
            o.Limits.MaxConcurrent = 1;
            o.Limits.MaxQueued = 1;
        });
        if (inboundDays is { } inbound)
            InboundCall.Current = new InboundCall(Deadline.After(mesh.Time.Now(), TimeSpan.FromDays(inbound)));
        using var channel = GrpcChannel.ForAddress("http://catalog", new GrpcChannelOptions { HttpClient = mesh.Client });
        var invoker = channel.CreateCallInvoker();
        var options = new CallOptions(deadline: days is { } own ? DateTime.UtcNow.AddDays(own) : null);
        var began = mesh.Time.Now();

        using var first = invoker.AsyncUnaryCall(Get(), host: null, options, "");
        using var second = invoker.AsyncUnaryCall(Get(), host: null, options, "");
        await mesh.RunAsync(Task.WhenAll(first.ResponseAsync, second.ResponseAsync));

        Assert.Equal(2 * s_minute, mesh.Time.Now() - began);
        Assert.Equal(2, mesh.Transports.Sent.Count);
    }

    [Fact]
    public async Task It_is_hedged()
    {
        var mesh = Start(o =>
        {
            o.Grpc.IdempotentMethods.Add("shop.Catalog/Get");
            o.Hedging.Delay = TimeSpan.FromSeconds(1);
        });
        using var channel = GrpcChannel.ForAddress("http://catalog", new GrpcChannelOptions { HttpClient = mesh.Client });
        using var call = channel.CreateCallInvoker().AsyncUnaryCall(Get(), host: null, new CallOptions(), "");
        await mesh.RunAsync(call.ResponseAsync);
        Assert.Equal(2, mesh.Transports.Sent.Count);
    }

    private static Method<string, string> Get() => new(MethodType.Unary, "shop.Catalog", "Get", s_empty, s_empty);

    private MeshHarness Start(Action<UpstreamOptions> configure)
    {
        var mesh = _mesh = new MeshHarness(configure);
        mesh.Catalogs("a1", "a2");
        mesh.Transports.Answer = async (_, request, token) =>
        {
            await request.Content!.CopyToAsync(Stream.Null, token);
            await Task.Delay(s_minute, mesh.Time, token);
            var answer = new HttpResponseMessage { Version = new Version(2, 0), Content = new ByteArrayContent(new byte[5]) };
            answer.Content.Headers.TryAddWithoutValidation("content-type", "application/grpc");
            answer.TrailingHeaders.TryAddWithoutValidation("grpc-status", "0");
            return answer;
        };
        return mesh;
    }
}

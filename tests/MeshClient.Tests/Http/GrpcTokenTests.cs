using Grpc.Core;
using MeshClient.Tests.Doubles;

namespace MeshClient.Tests.Http;

/// <summary>The token of an attempt is used again only where the request has left: what cancels one call must not cut off the upload of another.</summary>
public sealed class GrpcTokenTests : IDisposable
{
    private readonly MeshHarness _mesh = new(options => options.Retry.MaxAttempts = 1);
    private readonly List<CancellationToken> _tokens = [];

    public GrpcTokenTests() => _mesh.Catalogs("a1");

    public void Dispose() => _mesh.Dispose();

    [Fact]
    public async Task A_message_that_was_answered_with_OK_has_left()
    {
        await CallAsync(MethodType.Unary, "0");
        await CallAsync(MethodType.Unary, "0");
        Assert.Equal(_tokens[0], _tokens[1]);
    }

    [Theory]
    [InlineData(MethodType.Unary, "5")]
    [InlineData(MethodType.Unary, null)]
    [InlineData(MethodType.ClientStreaming, "0")]
    public async Task A_stream_and_a_message_that_was_refused_may_still_be_on_their_way(MethodType type, string? status)
    {
        await CallAsync(type, status);
        await CallAsync(type, status);
        Assert.NotEqual(_tokens[0], _tokens[1]);
    }

    private async Task CallAsync(MethodType type, string? status)
    {
        _mesh.Transports.Answer = async (_, request, token) =>
        {
            _tokens.Add(token);
            await request.Content!.CopyToAsync(Stream.Null, token);
            return Answer(status);
        };
        using var channel = _mesh.Channel();
        var method = GrpcMessages.Method(type);
        var invoker = channel.CreateCallInvoker();
        var found = StatusCode.OK;
        try
        {
            if (type == MethodType.Unary)
            {
                await invoker.AsyncUnaryCall(method, host: null, new CallOptions(), "");
            }
            else
            {
                using var call = invoker.AsyncClientStreamingCall(method, host: null, new CallOptions());
                await call.RequestStream.CompleteAsync();
                await call;
            }
        }
        catch (RpcException error)
        {
            found = error.StatusCode;
        }
        Assert.Equal(status is null ? StatusCode.Unknown : Enum.Parse<StatusCode>(status), found);
    }

    private static HttpResponseMessage Answer(string? status)
    {
        var answer = new HttpResponseMessage { Version = new Version(2, 0), Content = new ByteArrayContent(new byte[5]) };
        answer.Content.Headers.TryAddWithoutValidation("content-type", "application/grpc");
        if (status is not null)
            answer.TrailingHeaders.TryAddWithoutValidation("grpc-status", status);
        return answer;
    }
}

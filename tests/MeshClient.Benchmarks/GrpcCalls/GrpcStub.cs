using System.Net;
using MeshClient.Transport;

namespace MeshClient.Benchmarks.GrpcCalls;

/// <summary>Answers a call as a gRPC server would, without a network: the same for every channel that is compared.</summary>
/// <param name="yields">Whether the answer comes on another thread, as a real one does, instead of at once.</param>
internal sealed class GrpcStub(bool yields) : HttpMessageHandler, ITransportFactory
{
    HttpMessageHandler ITransportFactory.Create(TransportTarget target, TransportOptions options) => new GrpcStub(yields);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (yields)
            await Task.Yield();
        await request.Content!.CopyToAsync(Stream.Null, cancellationToken);
        var content = new StubAnswer();
        content.Headers.TryAddWithoutValidation("content-type", "application/grpc");
        var response = new HttpResponseMessage(HttpStatusCode.OK) { Content = content, RequestMessage = request, Version = HttpVersion.Version20 };
        response.TrailingHeaders.TryAddWithoutValidation("grpc-status", "0");
        return response;
    }
}

/// <summary>One message, as a stream of which the content itself does not know the length.</summary>
internal sealed class StubAnswer : HttpContent
{
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => stream.WriteAsync(Calls.Framed, 0, Calls.Framed.Length);

    protected override Task<Stream> CreateContentReadStreamAsync() => Task.FromResult<Stream>(new MemoryStream(Calls.Framed, writable: false));

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}

using System.Net;
using MeshClient.Transport;

namespace MeshClient.Benchmarks.Overhead;

/// <summary>Answers as SocketsHttpHandler would, without a network: the same for every client that is compared.</summary>
/// <param name="yields">Whether the answer comes on another thread, as a real one does, instead of at once.</param>
internal sealed class StubTransport(bool yields) : HttpMessageHandler
{
    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken) => Answer(request);

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        yields ? AnswerLaterAsync(request) : Task.FromResult(Answer(request));

    private static async Task<HttpResponseMessage> AnswerLaterAsync(HttpRequestMessage request)
    {
        await Task.Yield();
        return Answer(request);
    }

    private static HttpResponseMessage Answer(HttpRequestMessage request)
    {
        var content = new StubContent();
        content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
        content.Headers.TryAddWithoutValidation("Content-Length", StubContent.Length);
        return new HttpResponseMessage(HttpStatusCode.OK) { Content = content, RequestMessage = request };
    }
}

/// <summary>A small body that comes as a stream of which the content itself does not know the length, as from a connection.</summary>
internal sealed class StubContent : HttpContent
{
    private static readonly byte[] s_body = """{"id":17,"name":"tea","price":420}"""u8.ToArray();

    public static string Length { get; } = s_body.Length.ToString(System.Globalization.CultureInfo.InvariantCulture);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => stream.WriteAsync(s_body, 0, s_body.Length);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
        stream.WriteAsync(s_body, 0, s_body.Length, cancellationToken);

    protected override void SerializeToStream(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
        stream.Write(s_body);

    protected override Task<Stream> CreateContentReadStreamAsync() => Task.FromResult<Stream>(new MemoryStream(s_body, writable: false));

    protected override Stream CreateContentReadStream(CancellationToken cancellationToken) => new MemoryStream(s_body, writable: false);

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}

/// <summary>Puts the stub behind every endpoint of the mesh.</summary>
internal sealed class StubTransports(bool yields) : ITransportFactory
{
    public HttpMessageHandler Create(TransportTarget target, TransportOptions options) => new StubTransport(yields);
}

using System.Net;
using System.Text;
using System.Threading.Channels;

namespace MeshClient.FunctionalTests.Kit;

/// <summary>A body that is written line by line while the call runs, as a stream of messages is.</summary>
internal sealed class PushContent : HttpContent
{
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();

    public void Push(string line) => _lines.Writer.TryWrite(line);

    public void End() => _lines.Writer.TryComplete();

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        await stream.FlushAsync(cancellationToken);
        await foreach (var line in _lines.Reader.ReadAllAsync(cancellationToken))
        {
            await stream.WriteAsync(Encoding.UTF8.GetBytes(line + "\n"), cancellationToken);
            await stream.FlushAsync(cancellationToken);
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}

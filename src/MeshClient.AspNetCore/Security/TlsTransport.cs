using System.IO.Pipelines;
using System.Net.Security;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace MeshClient.AspNetCore.Security;

/// <summary>What the server reads and writes in clear, over TLS on a connection's own transport.</summary>
internal sealed class TlsTransport : IDuplexPipe, IAsyncDisposable
{
    public TlsTransport(ConnectionContext connection)
    {
        Stream = new SslStream(new PipeStream(connection.Transport), leaveInnerStreamOpen: true);
        var pool = connection.Features.Get<IMemoryPoolFeature>()?.MemoryPool;
        // Zero-byte reads: a connection at rest holds no buffer.
        Input = PipeReader.Create(Stream, new StreamPipeReaderOptions(pool, leaveOpen: true, useZeroByteReads: true));
        Output = PipeWriter.Create(Stream, new StreamPipeWriterOptions(pool, leaveOpen: true));
    }

    public SslStream Stream { get; }

    public PipeReader Input { get; }

    public PipeWriter Output { get; }

    // The pipes first: the writer may have something left to write.
    public async ValueTask DisposeAsync()
    {
        await Input.CompleteAsync().ConfigureAwait(false);
        await Output.CompleteAsync().ConfigureAwait(false);
        await Stream.DisposeAsync().ConfigureAwait(false);
    }
}

namespace MeshClient.FunctionalTests.Grpc.BadServers;

/// <summary>A server that works on few streams of a connection at a time, and refuses the others (RFC 9113, 5.1.2).</summary>
internal sealed class LimitedServer : IAsyncDisposable
{
    private const int RefusedStream = 7;

    private readonly RawServer _raw;
    private int _served;

    private LimitedServer(int maxStreams) => _raw = RawServer.Start(async socket =>
    {
        var connection = new Http2Connection(socket);
        var open = 0;
        await connection.OpenAsync(maxStreams);
        while (await connection.NextRequestAsync() is { } stream)
        {
            if (Interlocked.Increment(ref open) > maxStreams)
            {
                Interlocked.Decrement(ref open);
                await connection.ResetAsync(stream, RefusedStream);
                continue;
            }
            _ = ServeAsync(stream);
        }

        async Task ServeAsync(int stream)
        {
            // The work takes as long as the other requests need to come.
            await Task.Delay(TimeSpan.FromMilliseconds(20));
            Interlocked.Increment(ref _served);
            Interlocked.Decrement(ref open);
            await BadServer.ServeAsync(connection, stream);
        }
    });

    /// <summary>The requests that were answered.</summary>
    public int Served => Volatile.Read(ref _served);

    public static LimitedServer Start(int maxStreams) => new(maxStreams);

    public Endpoint Endpoint(string id) => _raw.Endpoint(id);

    public ValueTask DisposeAsync() => _raw.DisposeAsync();
}

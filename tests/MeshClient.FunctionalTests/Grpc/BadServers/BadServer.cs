using Google.Protobuf;
using MeshClient.FunctionalTests.Grpc.Shop;

namespace MeshClient.FunctionalTests.Grpc.BadServers;

/// <summary>A server that answers gRPC calls as the test says, frame by frame.</summary>
internal sealed class BadServer : IAsyncDisposable
{
    public const string GrpcType = "application/grpc";

    private readonly RawServer _raw;
    private int _requests;

    private BadServer(Func<Http2Connection, int, Task> answer)
    {
        _raw = RawServer.Start(async socket =>
        {
            var connection = new Http2Connection(socket);
            await connection.OpenAsync();
            while (await connection.NextRequestAsync() is { } stream)
            {
                Interlocked.Increment(ref _requests);
                await answer(connection, stream);
            }
        });
    }

    /// <summary>The requests that came whole.</summary>
    public int Requests => Volatile.Read(ref _requests);

    /// <summary>Starts one.</summary>
    /// <param name="answer">What it does about the request of a stream.</param>
    public static BadServer Start(Func<Http2Connection, int, Task> answer) => new(answer);

    /// <summary>Answers as a good server does.</summary>
    public static async Task ServeAsync(Http2Connection connection, int stream)
    {
        await BeginAsync(connection, stream);
        await connection.DataAsync(stream, Message());
        await connection.HeadersAsync(stream, ends: true, ("grpc-status", "0"));
    }

    /// <summary>Sends the headers of an answer whose status comes behind the body.</summary>
    public static Task BeginAsync(Http2Connection connection, int stream) =>
        connection.HeadersAsync(stream, ends: false, (":status", "200"), ("content-type", GrpcType));

    /// <summary>A price in the frame of gRPC: a byte for compression, four for the length.</summary>
    public static byte[] Message()
    {
        var price = new Price { Item = "tea", Server = "bad", Cents = 100 }.ToByteArray();
        return [0, 0, 0, 0, (byte)price.Length, .. price];
    }

    public Endpoint Endpoint(string id) => _raw.Endpoint(id);

    public ValueTask DisposeAsync() => _raw.DisposeAsync();
}

using System.Net;
using System.Net.Sockets;

namespace MeshClient.FunctionalTests.Kit;

/// <summary>A port that neither accepts nor refuses: its queue of connections is full, so that the handshake of another is never answered.</summary>
internal sealed class BlackHole : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly List<Socket> _queue = [];

    private BlackHole()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(0);
    }

    public Endpoint Endpoint => new() { InstanceId = "hole", Host = "127.0.0.1", Port = ((IPEndPoint)_listener.LocalEndPoint!).Port };

    public static async Task<BlackHole> OpenAsync()
    {
        var hole = new BlackHole();
        while (await hole.AcceptsAsync())
            Assert.True(hole._queue.Count < 100, "The queue of connections never fills.");
        return hole;
    }

    public void Dispose()
    {
        _queue.ForEach(s => s.Dispose());
        _listener.Dispose();
    }

    private async Task<bool> AcceptsAsync()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _queue.Add(socket);
        using var limit = new CancellationTokenSource(TimeSpan.FromMilliseconds(500));
        try
        {
            await socket.ConnectAsync(_listener.LocalEndPoint!, limit.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}

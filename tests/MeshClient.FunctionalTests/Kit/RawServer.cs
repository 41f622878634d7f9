using System.Net;
using System.Net.Sockets;
using System.Text;

namespace MeshClient.FunctionalTests.Kit;

/// <summary>A listener that does to each connection what the test says: what no web server would.</summary>
internal sealed class RawServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Func<Socket, Task> _script;
    private readonly List<Socket> _accepted = [];
    private readonly Task _loop;
    private int _connections;

    private RawServer(Func<Socket, Task> script)
    {
        _script = script;
        _listener.Start();
        _loop = AcceptAsync();
    }

    public int Connections => Volatile.Read(ref _connections);

    public static RawServer Start(Func<Socket, Task> script) => new(script);

    /// <summary>Cuts each connection with a reset, as soon as its request has come.</summary>
    public static RawServer ThatResets() => new(async socket =>
    {
        await socket.ReceiveAsync(new byte[4096]);
        Reset(socket);
    });

    /// <summary>Sends these bytes to whoever asks, at first an answer with less of its body than it says, and closes.</summary>
    public static RawServer ThatSays(string answer = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this") => new(async socket =>
    {
        await socket.ReceiveAsync(new byte[4096]);
        await socket.SendAsync(Encoding.ASCII.GetBytes(answer));
        socket.Shutdown(SocketShutdown.Both);
        socket.Dispose();
    });

    public static void Reset(Socket socket)
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Dispose();
    }

    public Endpoint Endpoint(string id) => new() { InstanceId = id, Host = "127.0.0.1", Port = ((IPEndPoint)_listener.LocalEndpoint).Port };

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (_accepted)
            _accepted.ForEach(s => s.Dispose());
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            var socket = await _listener.AcceptSocketAsync();
            Interlocked.Increment(ref _connections);
            lock (_accepted)
                _accepted.Add(socket);
            _ = RunAsync(socket);
        }
    }

    private async Task RunAsync(Socket socket)
    {
        try
        {
            await _script(socket);
        }
        catch (SocketException)
        {
            // The other end went first.
        }
    }
}

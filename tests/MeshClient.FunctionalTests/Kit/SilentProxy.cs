using System.Net;
using System.Net.Sockets;

namespace MeshClient.FunctionalTests.Kit;

/// <summary>
/// A hop between client and server that passes bytes on until it is told to swallow them: from then on nothing arrives on either side and nothing is closed, as
/// when a firewall forgets a connection or a machine loses its power.
/// </summary>
internal sealed class SilentProxy : IAsyncDisposable
{
    private readonly Endpoint _target;
    private readonly RawServer _server;
    private volatile bool _isSilent;

    private SilentProxy(Endpoint target)
    {
        _target = target;
        _server = RawServer.Start(PassAsync);
    }

    public static SilentProxy To(TestServer server) => new(server.Endpoint);

    /// <summary>The server as the registry is to know it: at the address of this hop.</summary>
    public Endpoint Endpoint => _server.Endpoint(_target.InstanceId);

    /// <summary>Swallows from now on whatever comes, on each connection that there is or will be.</summary>
    public void GoSilent() => _isSilent = true;

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task PassAsync(Socket client)
    {
        using var upstream = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await upstream.ConnectAsync(new IPEndPoint(IPAddress.Parse(_target.Host), _target.Port));
        await Task.WhenAll(PassAsync(client, upstream), PassAsync(upstream, client));
    }

    private async Task PassAsync(Socket from, Socket to)
    {
        var buffer = new byte[16 * 1024];
        while (await from.ReceiveAsync(buffer) is var count and > 0)
        {
            if (!_isSilent)
                await to.SendAsync(buffer.AsMemory(0, count));
        }
        if (!_isSilent)
            to.Shutdown(SocketShutdown.Send);
    }
}

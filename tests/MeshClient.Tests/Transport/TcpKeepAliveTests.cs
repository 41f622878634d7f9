using System.Net.Sockets;
using MeshClient.Transport;

namespace MeshClient.Tests.Transport;

public sealed class TcpKeepAliveTests : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public void Dispose() => _socket.Dispose();

    [Theory]
    [InlineData("00:01:00", "00:00:20", 60, 5, 4, 80_000)]
    [InlineData("00:00:01", "00:00:01", 1, 1, 1, 2_000)]
    [InlineData("00:00:01.5", "00:00:02.5", 2, 1, 3, 4_000)]
    [InlineData("09:00:00", "1.00:00:00", 32_400, 21_600, 4, 118_800_000)]
    public void A_connection_is_lost_after_the_delay_and_the_timeout(string delay, string timeout, int first, int between, int probes, int unacknowledged)
    {
        TcpKeepAlive.Apply(_socket, new() { TcpKeepAliveDelay = TimeSpan.Parse(delay), KeepAlivePingTimeout = TimeSpan.Parse(timeout) }, isHttp2: true);
        Assert.NotEqual(0, Option(SocketOptionLevel.Socket, SocketOptionName.KeepAlive));
        Assert.Equal(
            (first, between, probes),
            (Option(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime), Option(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval),
                Option(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount)));
        if (!OperatingSystem.IsLinux())
            return;
        Assert.Equal(unacknowledged, UserTimeout());
    }

    // A server may let an upload wait for as long as it likes.
    [Fact]
    public void By_http_1_what_a_slow_reader_has_not_taken_is_not_lost()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The option is one of Linux.");
        TcpKeepAlive.Apply(_socket, new(), isHttp2: false);
        Assert.NotEqual(0, Option(SocketOptionLevel.Socket, SocketOptionName.KeepAlive));
        Assert.Equal(0, UserTimeout());
    }

    [Fact]
    public void It_can_be_switched_off()
    {
        TcpKeepAlive.Apply(_socket, new() { TcpKeepAliveDelay = Timeout.InfiniteTimeSpan }, isHttp2: true);
        Assert.Equal(0, Option(SocketOptionLevel.Socket, SocketOptionName.KeepAlive));
    }

    private int UserTimeout()
    {
        var value = new byte[sizeof(int)];
        _socket.GetRawSocketOption(optionLevel: 6, optionName: 18, value);
        return BitConverter.ToInt32(value);
    }

    private int Option(SocketOptionLevel level, SocketOptionName name) => (int)_socket.GetSocketOption(level, name)!;
}

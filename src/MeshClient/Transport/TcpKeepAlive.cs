using System.Net.Sockets;

namespace MeshClient.Transport;

/// <summary>
/// Has TCP find connections whose other end is gone without a word, such as by a firewall that forgets them or a machine without power. Pings of HTTP/2 do not do: .NET
/// sends none on a connection whose streams are all taken (dotnet/runtime#120179), and HTTP/1.1 has none.
/// </summary>
internal static class TcpKeepAlive
{
    // So that one lost packet is no lost connection.
    private const int Probes = 4;

    // TCP_USER_TIMEOUT of linux/tcp.h: how long what was sent may stay undelivered, in milliseconds; while it does, no probes are sent.
    private const int LinuxUserTimeout = 18;

    /// <summary>Sets up a socket that is connected: one with a raw option could not try the further addresses of a host.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="options">The times.</param>
    /// <param name="isHttp2">
    /// Whether HTTP/2 is spoken on it, by which a reader that is slow holds up its own stream and not the connection. By HTTP/1.1 it may be slow for as long as it likes,
    /// and what waits for it must not count as undelivered.
    /// </param>
    public static void Apply(Socket socket, TransportOptions options, bool isHttp2)
    {
        if (options.TcpKeepAliveDelay == Timeout.InfiniteTimeSpan)
            return;
        var (delay, timeout) = (options.TcpKeepAliveDelay, options.KeepAlivePingTimeout);
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, Seconds(delay));
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, Seconds(timeout / Probes));
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, Math.Min(Probes, Seconds(timeout)));
        if (isHttp2 && OperatingSystem.IsLinux())
            socket.SetRawSocketOption((int)SocketOptionLevel.Tcp, LinuxUserTimeout, BitConverter.GetBytes((int)(delay + timeout).TotalMilliseconds));
    }

    private static int Seconds(TimeSpan time) => Math.Max(1, (int)Math.Ceiling(time.TotalSeconds));
}

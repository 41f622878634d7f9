using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using MeshClient.TestKit.Certificates;

namespace MeshClient.FunctionalTests.Security;

/// <summary>Calls a server by hand: with any certificate, or with bytes that no client would send. It trusts whatever the server shows.</summary>
internal static class Caller
{
    public const string Refused = "refused";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    public static async Task<Socket> ConnectAsync(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port);
        return socket;
    }

    public static async Task<SslStream> OpenAsync(
        int port, TestLeaf? leaf, SslApplicationProtocol? protocol = null, string host = "", SslProtocols protocols = SslProtocols.None)
    {
        var stream = new SslStream(new NetworkStream(await ConnectAsync(port), ownsSocket: true));
        try
        {
            await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = host,
                EnabledSslProtocols = protocols,
                ApplicationProtocols = protocol is { } one ? [one] : null,
                ClientCertificateContext = leaf is null ? null : SslStreamCertificateContext.Create(leaf.Certificate, leaf.Sent, offline: true),
                RemoteCertificateValidationCallback = (_, _, _, _) => true,
            }).WaitAsync(s_patience);
            return stream;
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    /// <summary>The answer to one request over TLS; "refused" where there is none.</summary>
    public static async Task<string> GetAsync(int port, TestLeaf? leaf, string path = "/")
    {
        try
        {
            await using var stream = await OpenAsync(port, leaf);
            return await AskAsync(stream, path);
        }
        catch (Exception error) when (error is IOException or AuthenticationException)
        {
            return Refused;
        }
    }

    /// <summary>The answer to bytes that are sent as they are; "refused" where there is none.</summary>
    public static async Task<string> SendAsync(int port, byte[] bytes)
    {
        using var socket = await ConnectAsync(port);
        await using var stream = new NetworkStream(socket);
        await stream.WriteAsync(bytes);
        return await ReadAsync(stream);
    }

    public static byte[] PlainRequest(string path = "/") => Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n");

    /// <summary>Asks on a connection that is kept, and reads the answer whole.</summary>
    public static async Task<string> AskAsync(Stream stream, string path = "/", string headers = "Connection: close\r\n")
    {
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: web\r\n{headers}\r\n"));
        return await ReadAsync(stream);
    }

    /// <summary>Whether the other end closes the connection, after alerts at most.</summary>
    public static async Task<bool> IsClosedAsync(Socket socket)
    {
        var buffer = new byte[4096];
        try
        {
            while (await socket.ReceiveAsync(buffer).WaitAsync(s_patience) > 0)
            {
            }
        }
        catch (SocketException)
        {
            // A reset is an end as well.
        }
        return true;
    }

    /// <summary>A client of the library's kind: HTTP/2 or 1.1 with a certificate.</summary>
    public static HttpClient Client(int port, TestLeaf? leaf, Version version) => new(new SocketsHttpHandler
    {
        SslOptions =
        {
            ClientCertificateContext = leaf is null ? null : SslStreamCertificateContext.Create(leaf.Certificate, leaf.Sent, offline: true),
            RemoteCertificateValidationCallback = (_, _, _, _) => true,
        },
    })
    {
        BaseAddress = new Uri($"https://127.0.0.1:{port}"),
        DefaultRequestVersion = version,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };

    // To the end of the connection, or of an answer whose length is known.
    private static async Task<string> ReadAsync(Stream stream)
    {
        var text = new StringBuilder();
        var buffer = new byte[4096];
        try
        {
            while (true)
            {
                var read = await stream.ReadAsync(buffer).AsTask().WaitAsync(s_patience);
                text.Append(Encoding.ASCII.GetString(buffer, 0, read));
                if (read == 0 || text.ToString().EndsWith("0\r\n\r\n", StringComparison.Ordinal))
                    break;
            }
        }
        catch (IOException)
        {
            // What came before counts.
        }
        return text.Length == 0 ? Refused : text.ToString();
    }
}

using System.Net;

namespace MeshClient.Transport.Security;

/// <summary>
/// Keeps requests by mutual TLS from HTTP/3: .NET makes its connections by QUIC, to the URL's host, past the connections that go to the chosen endpoint and have it
/// prove who it is. It would do so for a request of version 3.0, and for one that takes higher versions where a server offers it (<c>Alt-Svc</c>).
/// </summary>
internal static class SecureVersion
{
    /// <summary>Lowers what the request asks for to 2.0; what it takes up to there stays the same.</summary>
    /// <exception cref="SecureVersionException">It takes nothing lower than 3.0.</exception>
    public static void Cap(HttpRequestMessage request)
    {
        var orHigher = request.VersionPolicy == HttpVersionPolicy.RequestVersionOrHigher;
        if (request.Version.Major >= 3)
        {
            if (request.VersionPolicy != HttpVersionPolicy.RequestVersionOrLower)
            {
                throw new SecureVersionException(
                    $"Expected a request that takes HTTP/2 or lower, found one that takes HTTP/{request.Version} alone: the mesh's mutual TLS does not speak HTTP/3. "
                    + "Set the request's VersionPolicy to RequestVersionOrLower, or its version to 2.0.");
            }
            request.Version = HttpVersion.Version20;
        }
        else if (orHigher && request.Version.Major == 2)
            request.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
        else if (orHigher)
            (request.Version, request.VersionPolicy) = (HttpVersion.Version20, HttpVersionPolicy.RequestVersionOrLower);
    }
}

/// <summary>A request takes no version of HTTP that mutual TLS is spoken by: its own fault, which no endpoint is to blame for and none would mend.</summary>
internal sealed class SecureVersionException(string message) : HttpRequestException(HttpRequestError.VersionNegotiationError, message);

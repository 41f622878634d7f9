using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace MeshClient.Discovery;

/// <summary>A host and a port as they are written in a configuration.</summary>
internal readonly record struct EndpointAddress(string Host, int Port)
{
    /// <summary>Reads <c>host:port</c> or <c>[IPv6]:port</c>; <paramref name="error"/> says what was expected, what was found and the remedy.</summary>
    public static bool TryParse(string? text, out EndpointAddress address, out string error)
    {
        address = default;
        error = Fault(text) ?? "";
        if (error.Length > 0)
            return false;
        var (host, port) = Split(text!);
        address = new EndpointAddress(host.Trim('[', ']'), int.Parse(port, CultureInfo.InvariantCulture));
        return true;
    }

    private static string? Fault(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
            return "Expected \"host:port\", found nothing: write the address itself, or an object with an Address.";
        if (text.Contains("://", StringComparison.Ordinal))
            return $"Expected \"host:port\", found \"{text}\": leave out the scheme; the caller's URI chooses it.";
        if (text.Any(char.IsWhiteSpace) || text.Contains('/', StringComparison.Ordinal))
            return $"Expected \"host:port\", found \"{text}\": leave out white space and paths.";
        if (IPAddress.TryParse(text, out var bare) && bare.AddressFamily == AddressFamily.InterNetworkV6 && text[0] != '[')
            return $"Expected \"[IPv6]:port\", found \"{text}\": put an IPv6 address in brackets and add its port.";
        var (host, port) = Split(text);
        if (port.Length == 0)
            return $"Expected \"host:port\", found \"{text}\": add the port.";
        if (!int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number is < 1 or > 65535)
            return $"Expected a port from 1 to 65535, found \"{port}\" in \"{text}\".";
        if (Uri.CheckHostName(host) == UriHostNameType.Unknown)
            return $"Expected an IP address or a host name, found \"{host}\" in \"{text}\".";
        return null;
    }

    private static (string Host, string Port) Split(string text)
    {
        var colon = text.LastIndexOf(':');
        return colon < 0 || colon < text.LastIndexOf(']') ? (text, "") : (text[..colon], text[(colon + 1)..]);
    }
}

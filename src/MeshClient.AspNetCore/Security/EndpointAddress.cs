using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace MeshClient.AspNetCore.Security;

/// <summary>Compares where an endpoint listens with an address as it stands in the configuration: the server does not tell an endpoint's name.</summary>
internal static class EndpointAddress
{
    public static bool IsAddress(string text) => text.Contains("://", StringComparison.Ordinal);

    public static bool IsHttps(string? address) => address?.StartsWith("https://", StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>Whether an endpoint listens at an address; the scheme plays no part.</summary>
    public static bool IsAt(ListenOptions endpoint, string? address)
    {
        if (Parse(address) is not { } parsed)
            return false;
        if (parsed.IsUnixPipe)
            return endpoint.SocketPath == parsed.UnixPipePath;
        if (parsed.IsNamedPipe)
            return endpoint.PipeName == parsed.NamedPipeName;
        if (endpoint.IPEndPoint is not { } bound || bound.Port != parsed.Port)
            return false;
        return parsed.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase) ? IPAddress.IsLoopback(bound.Address)
            : IPAddress.TryParse(parsed.Host, out var ip) ? ip.Equals(bound.Address)
            : bound.Address.Equals(IPAddress.IPv6Any) || bound.Address.Equals(IPAddress.Any);
    }

    /// <summary>Whether an address leaves the port to the system: many endpoints can have it.</summary>
    public static bool IsAnyPort(string? address) => Parse(address) is { IsUnixPipe: false, IsNamedPipe: false, Port: 0 };

    private static BindingAddress? Parse(string? address)
    {
        try
        {
            return string.IsNullOrWhiteSpace(address) ? null : BindingAddress.Parse(address);
        }
        catch (FormatException)
        {
            return null;
        }
    }
}

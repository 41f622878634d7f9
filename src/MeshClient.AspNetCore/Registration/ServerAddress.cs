using System.Net;
using MeshClient.AspNetCore.Security;
using MeshClient.Configuration;
using MeshClient.Consul.Registration;
using MeshClient.Identity;
using MeshClient.Telemetry;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace MeshClient.AspNetCore.Registration;

/// <summary>Where callers reach this server: what is configured, and for the rest what the server listens on.</summary>
[LogEvents(typeof(ServerAddress), 1410, 1419)]
internal sealed partial class ServerAddress(IServer server, MeshOptionsSource options, InboundEndpoints endpoints, InboundReadiness readiness, ILogger<ServerAddress> logger)
    : IAdvertisedAddress
{
    public async ValueTask<AdvertisedAddress?> GetAsync(CancellationToken cancellationToken)
    {
        await readiness.WaitAsync(cancellationToken).ConfigureAwait(false);
        var bound = server.Features.Get<IServerAddressesFeature>()?.Addresses ?? (ICollection<string>)[];
        var isNative = options.Current.Security.Mode != SecurityMode.Off;
        var address = Choose(options.Current.Service, bound, isNative ? endpoints.IsLeftAlone : null, isNative);
        if (address is null)
            LogNowhere(logger, string.Join(", ", bound));
        else
        {
            if (IsLoopback(address.Host))
                LogLoopback(logger, address.Host!, string.Join(", ", bound));
            LogChosen(logger, address.Host ?? "the agent's node address", address.Port, string.Join(", ", bound));
        }
        return address;
    }

    /// <summary>Chooses the address; pure. The first one of the wished scheme counts, http before https where none is wished, and those that other hosts reach before loopback.</summary>
    /// <param name="options">What is configured wins.</param>
    /// <param name="bound">The addresses that the server has bound to.</param>
    /// <param name="isLeftAlone">Whether one of them is not the mesh's; null = none.</param>
    /// <param name="isNative">Whether the mesh's are reached by its mutual TLS.</param>
    /// <returns>Null when the server listens on no port and none is configured.</returns>
    internal static AdvertisedAddress? Choose(ServiceOptions options, IEnumerable<string> bound, Func<string, bool>? isLeftAlone = null, bool isNative = false)
    {
        var listening = bound.Where(a => isLeftAlone?.Invoke(a) != true).Select(Parse).OfType<(string Host, int Port, string Scheme)>()
            .OrderBy(a => a.Scheme == (options.Scheme ?? Uri.UriSchemeHttp) ? 0 : 1).ThenBy(a => IsLoopback(Reachable(a.Host)) ? 1 : 0).ToArray();
        var host = string.IsNullOrEmpty(options.Address) ? null : options.Address.Trim('[', ']');
        if (options.Port is { } port)
        {
            var same = listening.FirstOrDefault(a => a.Port == port);
            return new(host ?? Reachable(same.Host), port, options.Scheme ?? same.Scheme ?? Uri.UriSchemeHttp, isNative);
        }
        return listening.Length == 0 ? null : new(host ?? Reachable(listening[0].Host), listening[0].Port, listening[0].Scheme, isNative);
    }

    // Sockets of the file system and named pipes are no place for callers of other hosts.
    private static (string Host, int Port, string Scheme)? Parse(string address)
    {
        BindingAddress parsed;
        try
        {
            parsed = BindingAddress.Parse(address);
        }
        catch (Exception exception) when (exception is FormatException or ArgumentException)
        {
            return null;
        }
        return parsed.IsUnixPipe || parsed.IsNamedPipe || parsed.Port is < 1 or > 65535 ? null : (parsed.Host.Trim('[', ']'), parsed.Port, parsed.Scheme.ToLowerInvariant());
    }

    /// <summary>The host to advertise; null = the server listens on every address, so the agent's node address is the one that others know.</summary>
    private static string? Reachable(string? host) => host switch
    {
        null or "" or "*" or "+" => null,
        "localhost" => "127.0.0.1",
        _ => IPAddress.TryParse(host, out var ip) ? (ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any) ? null : ip.ToString()) : null,
    };

    private static bool IsLoopback(string? host) => IPAddress.TryParse(host, out var ip) && IPAddress.IsLoopback(ip);

    [LoggerMessage(1414, LogLevel.Warning,
        "This instance is advertised at {Host}, which only this host can reach; the server listens on {Bound}. For callers on other hosts let it listen on "
        + "any address (http://*:port), or set Mesh:Service:Address.", EventName = "AddressIsLoopback")]
    private static partial void LogLoopback(ILogger logger, string host, string bound);

    [LoggerMessage(1410, LogLevel.Information, "This instance is advertised at {Host} port {Port}; the server listens on {Bound}.",
        EventName = "AddressAdvertised")]
    private static partial void LogChosen(ILogger logger, string host, int port, string bound);

    [LoggerMessage(1411, LogLevel.Error,
        "This instance is not registered: the server listens on no TCP port that callers could use ({Bound}). Set Mesh:Service:Port, or let the server listen on one.",
        EventName = "AddressMissing")]
    private static partial void LogNowhere(ILogger logger, string bound);
}

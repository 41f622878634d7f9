using System.Globalization;
using MeshClient.Consul.Api;

namespace MeshClient.Consul.Registration;

/// <summary>From the options and the address to what Consul is told: pure.</summary>
internal static class RegistrationBody
{
    public static ServiceRegistration Build(ServiceOptions options, AdvertisedAddress address, string hostName)
    {
        var name = options.Name ?? throw new ArgumentException("Expected Mesh:Service:Name, found none.", nameof(options));
        var id = Id(options, address, hostName);
        return new ServiceRegistration
        {
            ID = id,
            Name = name,
            Address = address.Host,
            Port = address.Port > 0 ? address.Port : null,
            Tags = options.Tags.Count > 0 ? [.. options.Tags] : null,
            Meta = options.Meta.Count > 0 ? new Dictionary<string, string>(options.Meta) : null,
            Weights = new ServiceWeights { Passing = options.Weights.Passing, Warning = options.Weights.Warning },
            Check = Check(options, address, id),
            Connect = address.IsNative ? new ConnectRegistration { Native = true } : null,
        };
    }

    /// <summary>The same for every start of an instance on its host and port.</summary>
    public static string Id(ServiceOptions options, AdvertisedAddress address, string hostName)
    {
        if (!string.IsNullOrEmpty(options.Id))
            return options.Id;
        var port = address.Port > 0 ? string.Create(CultureInfo.InvariantCulture, $"-{address.Port}") : "";
        return $"{options.Name}-{hostName}{port}";
    }

    private static CheckRegistration? Check(ServiceOptions options, AdvertisedAddress address, string id)
    {
        var check = options.Check;
        // Without a port there is nothing that the agent could call: the instance reports by itself.
        var port = check.Port ?? address.Port;
        var type = port == 0 && check.Type != ServiceCheckType.None ? ServiceCheckType.Ttl : check.Type;
        if (type == ServiceCheckType.None)
            return null;
        var common = new CheckRegistration
        {
            CheckID = $"service:{id}",
            Name = $"Service '{options.Name}' check",
            DeregisterCriticalServiceAfter = GoDuration.Format(options.DeregisterCriticalServiceAfter),
        };
        // Without a status a TTL check is critical until the first heartbeat: callers would see a healthy instance blink.
        if (type == ServiceCheckType.Ttl)
            return common with { TTL = GoDuration.Format(check.Ttl), Status = "passing" };

        // Without an address of its own the instance runs beside its agent.
        var host = address.Host ?? "127.0.0.1";
        var target = string.Create(
            CultureInfo.InvariantCulture, $"{(host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host)}:{port}");
        var polled = common with { Interval = GoDuration.Format(check.Interval), Timeout = GoDuration.Format(check.Timeout) };
        return type switch
        {
            // A port of its own is plain, whatever the service's is.
            ServiceCheckType.Http => polled with { HTTP = $"{(port == address.Port ? address.Scheme : options.Scheme ?? "http")}://{target}{check.Path ?? "/health"}" },
            ServiceCheckType.Grpc => polled with { GRPC = check.Path is { Length: > 0 } path ? $"{target}/{path.TrimStart('/')}" : target },
            _ => polled with { TCP = target },
        };
    }
}

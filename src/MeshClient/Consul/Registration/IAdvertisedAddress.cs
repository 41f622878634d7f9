namespace MeshClient.Consul.Registration;

/// <summary>Where callers reach this instance.</summary>
/// <param name="Host">An IP address (IPv6 without brackets) or a host name; null = the address of the agent's node.</param>
/// <param name="Port">The port; 0 = the instance takes no calls.</param>
/// <param name="Scheme"><c>http</c> or <c>https</c>, for an HTTP check.</param>
/// <param name="IsNative">Whether callers reach it by the mesh's mutual TLS, with no sidecar.</param>
internal sealed record AdvertisedAddress(string? Host, int Port, string Scheme = "http", bool IsNative = false);

/// <summary>Knows where callers reach this instance, once its server listens and would serve them.</summary>
internal interface IAdvertisedAddress
{
    /// <summary>The address; null = the instance cannot be registered, as when its server listens nowhere.</summary>
    ValueTask<AdvertisedAddress?> GetAsync(CancellationToken cancellationToken);
}

/// <summary>The address of a program without a server: what the options say.</summary>
internal sealed class ConfiguredAddress(ServiceOptions options) : IAdvertisedAddress
{
    public ValueTask<AdvertisedAddress?> GetAsync(CancellationToken cancellationToken)
    {
        var host = string.IsNullOrEmpty(options.Address) ? null : options.Address.Trim('[', ']');
        return ValueTask.FromResult<AdvertisedAddress?>(new AdvertisedAddress(host, options.Port ?? 0, options.Scheme ?? "http"));
    }
}

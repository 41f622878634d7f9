using System.Net;
using System.Net.Sockets;
using MeshClient.DevRegistry.Catalog;
using MeshClient.DevRegistry.Checks;

namespace MeshClient.DevRegistry.Wire;

/// <summary>Turns a registration into what the agent keeps, or says what is wrong with it in Consul's words.</summary>
internal static class ServiceReader
{
    private const int MaxWeight = 65535;

    public static (ServiceDefinition Service, IReadOnlyList<CheckDefinition> Checks) Read(RegisterServiceRequest request)
    {
        if (string.IsNullOrEmpty(request.Name))
        {
            throw new InvalidRequestException("Missing service name");
        }
        if (request.Kind is not (null or "" or ProxyReader.Kind))
        {
            throw new InvalidRequestException($"Kind \"{request.Kind}\" is not supported by the dev registry");
        }
        if (request.Address is "0.0.0.0" or "::" or "[::]")
        {
            throw new InvalidRequestException("Invalid service address");
        }
        var service = new ServiceDefinition
        {
            Id = string.IsNullOrEmpty(request.ID) ? request.Name : request.ID,
            Name = request.Name,
            Tags = request.Tags ?? [],
            Address = request.Address ?? "",
            Port = request.Port,
            Meta = Meta(request.Meta),
            TaggedAddresses = Addresses(request),
            PassingWeight = request.Weights?.Passing ?? 1,
            WarningWeight = request.Weights?.Warning ?? 1,
            EnableTagOverride = request.EnableTagOverride,
            ConnectNative = request.Connect?.Native ?? false,
            Proxy = ProxyReader.Read(request),
        };
        CheckWeights(service);
        return (service, CheckReader.ReadAll(request, service));
    }

    private static void CheckWeights(ServiceDefinition service)
    {
        if (service.PassingWeight < 1)
        {
            throw new InvalidRequestException("Invalid Weights: Passing must be greater than 0");
        }
        if (service.WarningWeight < 0)
        {
            throw new InvalidRequestException("Invalid Weights: Warning must be greater or equal than 0");
        }
        if (service.PassingWeight > MaxWeight || service.WarningWeight > MaxWeight)
        {
            throw new InvalidRequestException("Invalid Weights: DNS Weight must be between 0 and 65535");
        }
    }

    private static SortedDictionary<string, string> Meta(Dictionary<string, string>? given)
    {
        var meta = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in given ?? [])
        {
            if (key.Length == 0 || !key.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-'))
            {
                throw new InvalidRequestException(
                    $"Invalid Service Meta: Couldn't load metadata pair ('{key}', '{value}'): Key contains invalid characters");
            }
            meta[key] = value ?? "";
        }
        return meta;
    }

    // Consul adds the address under its IP version, where it is an IP address.
    private static SortedDictionary<string, LabelledAddress> Addresses(RegisterServiceRequest request)
    {
        var addresses = new SortedDictionary<string, LabelledAddress>(StringComparer.Ordinal);
        foreach (var (label, address) in request.TaggedAddresses ?? [])
        {
            addresses[label] = new(address?.Address ?? "", address?.Port ?? 0);
        }
        if (IPAddress.TryParse(request.Address, out var ip))
        {
            var version = ip.AddressFamily == AddressFamily.InterNetwork ? "ipv4" : "ipv6";
            addresses.TryAdd($"lan_{version}", new(request.Address, request.Port));
            addresses.TryAdd($"wan_{version}", new(request.Address, request.Port));
        }
        return addresses;
    }
}

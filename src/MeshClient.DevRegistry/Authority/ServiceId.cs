namespace MeshClient.DevRegistry.Authority;

/// <summary>The names that a service's certificate bears.</summary>
internal static class ServiceId
{
    private const int LongestCommonName = 64;

    /// <summary>The SPIFFE ID, as Consul builds it.</summary>
    public static string Of(string trustDomain, string datacenter, string service) =>
        Text(trustDomain, datacenter, Uri.EscapeDataString(service));

    /// <summary>As <see cref="Of"/>, as text with the service's name unescaped.</summary>
    public static string Text(string trustDomain, string datacenter, string service) =>
        $"spiffe://{trustDomain}/ns/default/dc/{datacenter}/svc/{service}";

    /// <summary>Whether a SPIFFE ID can hold the name as one segment.</summary>
    public static bool IsOneSegment(string service) => !service.Contains('/', StringComparison.Ordinal);

    /// <summary>The common name: for people only, shortened to what a certificate may hold.</summary>
    public static string CommonNameOf(string service, string trustDomainId)
    {
        var suffix = $".svc.default.{trustDomainId[..8]}.consul";
        var name = string.Concat(service.ToLowerInvariant().Where(char.IsAsciiLetterOrDigit));
        return name[..Math.Min(name.Length, LongestCommonName - suffix.Length)] + suffix;
    }
}

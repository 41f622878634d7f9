using System.Buffers;
using System.Globalization;
using System.Text;

namespace MeshClient.Identity;

/// <summary>
/// The identity of a workload as Consul's certificates state it: <c>spiffe://&lt;trust domain&gt;/ns/&lt;namespace&gt;/dc/&lt;datacenter&gt;/svc/&lt;service&gt;</c>,
/// with <c>/ap/&lt;partition&gt;</c> first where the agent is newer.
/// </summary>
/// <remarks>
/// Read strictly, character by character, and never by <see cref="Uri"/>, which would mend what must be refused: two spellings of one identity are how
/// checks are passed by.
/// </remarks>
public sealed record SpiffeId
{
    private const string Scheme = "spiffe://";
    private const string TrustDomainForm = "1 to 255 lower-case letters, digits, '.', '-' and '_', with no user and no port";
    private const string Segments = "with segments that are neither empty, dots nor '*', hide no '/' and escape nothing without need";
    private const int Longest = 2048;
    private const int LongestTrustDomain = 255;
    private static readonly SearchValues<char> s_trustDomain = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789.-_");
    private static readonly SearchValues<char> s_segment = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_~%!$&'()*+,;=:@");

    private SpiffeId(string trustDomain, string? partition, string @namespace, string datacenter, string service)
    {
        TrustDomain = trustDomain;
        Partition = partition;
        Namespace = @namespace;
        Datacenter = datacenter;
        Service = service;
    }

    /// <summary>The trust domain, such as <c>8b4adef7-05f9-64f3-2272-6e21316b8671.consul</c>; lower case.</summary>
    public string TrustDomain { get; }

    /// <summary>The admin partition; null where the identity names none.</summary>
    public string? Partition { get; }

    /// <summary>The namespace; <c>default</c> without Consul Enterprise.</summary>
    public string Namespace { get; }

    /// <summary>The datacenter.</summary>
    public string Datacenter { get; }

    /// <summary>The service.</summary>
    public string Service { get; }

    /// <summary>Names a workload.</summary>
    /// <param name="trustDomain">The trust domain.</param>
    /// <param name="datacenter">The datacenter.</param>
    /// <param name="service">The service.</param>
    /// <param name="namespace">The namespace. Default <c>default</c>.</param>
    /// <param name="partition">The admin partition; null = none.</param>
    /// <exception cref="FormatException">The parts do not make an identity.</exception>
    public static SpiffeId Of(string trustDomain, string datacenter, string service, string @namespace = "default", string? partition = null)
    {
        if (!IsTrustDomain(trustDomain))
            throw new FormatException($"Expected a trust domain of {TrustDomainForm}, found \"{Printable.Of(trustDomain)}\".");
        return Parse(new SpiffeId(trustDomain, partition, @namespace, datacenter, service).ToString());
    }

    /// <summary>Reads an identity.</summary>
    /// <param name="text">The URI.</param>
    /// <exception cref="FormatException">The text is not exactly of the form; the message says where.</exception>
    public static SpiffeId Parse(string text) => TryParse(text, out var id, out var fault) ? id! : throw new FormatException(fault);

    /// <summary>Reads an identity.</summary>
    /// <param name="text">The URI.</param>
    /// <param name="id">The identity; null when it cannot be read.</param>
    /// <param name="fault">What was expected and what was found; empty when it can be read.</param>
    /// <returns>Whether the text is exactly of the form.</returns>
    public static bool TryParse(string? text, out SpiffeId? id, out string fault)
    {
        id = null;
        fault = Read(text, out id) ?? "";
        return id is not null;
    }

    /// <summary>The identity as a URI.</summary>
    public override string ToString() =>
        $"{Scheme}{TrustDomain}{(Partition is null ? "" : $"/ap/{Escape(Partition)}")}/ns/{Escape(Namespace)}/dc/{Escape(Datacenter)}/svc/{Escape(Service)}";

    private static string? Read(string? text, out SpiffeId? id)
    {
        id = null;
        if (text is null || text.Length > Longest)
            return $"Expected an identity of at most {Longest} characters, found {(text is null ? "none" : $"{text.Length}")}.";
        if (!text.StartsWith(Scheme, StringComparison.Ordinal))
            return Fault(text, "to begin with \"spiffe://\" in lower case");
        var parts = text[Scheme.Length..].Split('/');
        if (!IsTrustDomain(parts[0]))
            return Fault(text, $"with a trust domain of {TrustDomainForm}");
        var path = parts.AsSpan(1);
        string? partition = null;
        if (path.Length == 8 && path[0] == "ap")
        {
            if (Decode(path[1]) is not { } decoded)
                return Fault(text, Segments);
            partition = decoded;
            path = path[2..];
        }
        if (path.Length != 6 || path[0] != "ns" || path[2] != "dc" || path[4] != "svc")
            return Fault(text, "with exactly /ns/<namespace>/dc/<datacenter>/svc/<service> after the trust domain");
        if (Decode(path[1]) is not { } ns || Decode(path[3]) is not { } dc || Decode(path[5]) is not { } service)
            return Fault(text, Segments);
        id = new SpiffeId(parts[0], partition, ns, dc, service);
        return null;
    }

    /// <summary>Whether a text can be a trust domain.</summary>
    internal static bool IsTrustDomain(string text) =>
        text.Length is > 0 and <= LongestTrustDomain && !text.AsSpan().ContainsAnyExcept(s_trustDomain);

    // Each segment is decoded once and by itself. What decodes to a separator, a control character or dots would be another path to another reader;
    // "*" stands for any service where intentions are written.
    private static string? Decode(string segment)
    {
        if (segment.Length == 0 || segment.AsSpan().ContainsAnyExcept(s_segment) || !HasNeededEscapesOnly(segment))
            return null;
        var text = Uri.UnescapeDataString(segment);
        return text is "." or ".." or "*" || text.EnumerateRunes().Any(IsForbidden) ? null : text;
    }

    private static bool IsForbidden(Rune rune) =>
        rune.Value is '/' or '\\' or '%' or 0xFFFD || Rune.IsWhiteSpace(rune) || Printable.IsUnseen(rune);

    // A letter that is escaped without need would be a second spelling of one identity.
    private static bool HasNeededEscapesOnly(string segment)
    {
        for (var i = segment.IndexOf('%', StringComparison.Ordinal); i >= 0; i = segment.IndexOf('%', i + 1))
        {
            if (i + 2 >= segment.Length || !byte.TryParse(segment.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
                return false;
            if (char.IsAsciiLetterOrDigit((char)value) || (char)value is '-' or '.' or '_' or '~')
                return false;
        }
        return true;
    }

    private static string Escape(string text) => Uri.EscapeDataString(text);

    private static string Fault(string text, string expected) => $"Expected the identity {expected}, found \"{Printable.Of(text)}\".";
}

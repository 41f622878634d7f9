using System.Security.Cryptography.X509Certificates;
using MeshClient.Identity;
using MeshClient.TestKit.Certificates;

namespace MeshClient.FunctionalTests.Security;

/// <summary>
/// The matrix of certificates that prove nothing: what is wrong with each, what the log of a server says of a client that shows it, and what a client finds
/// of a server that does. <see cref="AttackTests"/> goes through it on the server's side, <see cref="ClientAttackTests"/> on the client's.
/// </summary>
/// <param name="Name">What is wrong with it.</param>
/// <param name="Make">Makes it.</param>
/// <param name="Logged">What a server's log says.</param>
/// <param name="Found">What a client finds; null = TLS itself refuses it.</param>
internal sealed record BadCertificate(string Name, Func<BadCertificate.Attacker, TestLeaf> Make, string Logged, PeerVerdict? Found)
{
    public static IReadOnlyList<BadCertificate> All { get; } =
    [
        new("self-signed", a => a.Authority.SelfSigned(a.Leaf), "Expected a chain", PeerVerdict.UntrustedChain),
        new("of another CA", a => TestAuthority.Root().Intermediate().Issue(a.Leaf), "Expected a chain", PeerVerdict.UntrustedChain),
        new("of another trust domain", a => a.Issue(a.Leaf with { TrustDomain = "other.consul" }), "Expected an identity of the trust domain", PeerVerdict.OtherTrustDomain),
        new("expired", a => a.Issue(a.Leaf with { NotBefore = In(-2), NotAfter = In(-1) }), "was valid until", PeerVerdict.Expired),
        new("not yet valid", a => a.Issue(a.Leaf with { NotBefore = In(1) }), "is valid from", PeerVerdict.NotYetValid),
        new("without a URI", a => a.Issue(a.Leaf with { Uris = [] }), "Expected one URI", PeerVerdict.NoIdentity),
        new("with two URIs", a => a.WithUris(a.Id(), a.Id("/svc/other")), "found 2", PeerVerdict.SeveralIdentities),
        new("with the right URI twice", a => a.WithUris(a.Id(), a.Id()), "found 2", PeerVerdict.SeveralIdentities),
        new("with the right DNS name alone", a => a.Issue(a.Leaf with { Uris = [], DnsNames = [a.Service] }), "found none", PeerVerdict.NoIdentity),
        new("with extra segments", a => a.WithUris(a.Id() + "/more"), "Expected the identity", PeerVerdict.MalformedIdentity),
        new("with a slash at the end", a => a.WithUris(a.Id() + "/"), "Expected the identity", PeerVerdict.MalformedIdentity),
        new("with an encoded slash", a => a.WithUris(a.Id($"/svc/x%2F{a.Service}")), "Expected the identity", PeerVerdict.MalformedIdentity),
        new("with an encoded slash twice", a => a.WithUris(a.Id($"/svc/x%252F{a.Service}")), "Expected the identity", PeerVerdict.MalformedIdentity),
        new("with dot segments", a => a.WithUris(a.Id($"/svc/../svc/{a.Service}")), "Expected the identity", PeerVerdict.MalformedIdentity),
        new("with a letter encoded", a => a.WithUris(a.Id($"/svc/%{(int)a.Service[0]:X2}{a.Service[1..]}")), "Expected the identity", PeerVerdict.MalformedIdentity),
        new("with the path in upper case", a => a.WithUris(a.Id($"/SVC/{a.Service}")), "Expected the identity", PeerVerdict.MalformedIdentity),
        new("with the scheme in upper case", a => a.WithUris(a.Id().Replace("spiffe", "SPIFFE", StringComparison.Ordinal)), "Expected the identity", PeerVerdict.MalformedIdentity),
        new("with the domain in upper case", a => a.WithUris(a.Id().Replace("consul", "CONSUL", StringComparison.Ordinal)), "Expected the identity", PeerVerdict.MalformedIdentity),
        new("with a user", a => a.WithUris(a.Id().Replace("://", "://user@", StringComparison.Ordinal)), "Expected the identity", PeerVerdict.MalformedIdentity),
        new("with a port", a => a.WithUris(a.Id().Replace(".consul", ".consul:80", StringComparison.Ordinal)), "Expected the identity", PeerVerdict.MalformedIdentity),
        new("with a query", a => a.WithUris(a.Id() + "?x"), "Expected the identity", PeerVerdict.MalformedIdentity),
        new("for the other side alone", a => a.Issue(a.Leaf with { Usages = [a.OtherSide] }), "without that usage", PeerVerdict.WrongUsage),
        new("without a usage", a => a.Issue(a.Leaf with { Usages = null }), "without that usage", PeerVerdict.WrongUsage),
        new("of an authority", a => a.Issue(a.Leaf with { IsAuthority = true }), "found that of the authority", PeerVerdict.IsAuthority),
        new("that may sign others", a => a.Issue(a.Leaf with { KeyUsages = X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyCertSign }),
            "found that of the authority", PeerVerdict.IsAuthority),
        new("without its intermediate", a => a.Issue(a.Leaf).With(), "Expected a chain", PeerVerdict.UntrustedChain),
        new("of a megabyte", a => a.Issue(a.Leaf with { Ballast = 1 << 20 }), "Expected a TLS handshake", null),
    ];

    /// <summary>The names, for theories.</summary>
    public static IEnumerable<string> Names => All.Select(c => c.Name);

    public static BadCertificate Of(string name) => All.Single(c => c.Name == name);

    private static DateTimeOffset In(int hours) => DateTimeOffset.UtcNow.AddHours(hours);

    /// <summary>Whoever shows the certificate: it has one of the mesh's authority, for the service that it should be.</summary>
    /// <param name="Authority">The mesh's; leaves need its intermediate.</param>
    /// <param name="Service">The service that it should be.</param>
    /// <param name="OtherSide">The usage of the side of a connection that it is not on.</param>
    internal sealed record Attacker(TestAuthority Authority, string Service, string OtherSide)
    {
        public LeafRequest Leaf => new() { Service = Service };

        public TestLeaf Issue(LeafRequest leaf) => Authority.Issue(leaf);

        public TestLeaf WithUris(params string[] uris) => Issue(Leaf with { Uris = uris });

        public string Id(string? end = null) => $"spiffe://{Authority.TrustDomain}/ns/default/dc/dc1{end ?? $"/svc/{Service}"}";
    }
}

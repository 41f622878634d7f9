using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MeshClient.Identity;

/// <summary>Which side of a connection the peer is on.</summary>
internal enum PeerRole
{
    Client,
    Server,
}

/// <summary>What was found of a peer.</summary>
/// <param name="Verdict">Whether it is accepted.</param>
/// <param name="Id">Who it proved to be, or claims to be where it was refused for another reason; null = nobody.</param>
/// <param name="Detail">What was expected and what was found, in one sentence for the log; empty when accepted.</param>
internal readonly record struct PeerFinding(PeerVerdict Verdict, SpiffeId? Id, string Detail)
{
    /// <summary>When the first certificate of the chain that proved it expires; null = it was refused.</summary>
    public DateTimeOffset? NotAfter { get; init; }

    public bool IsAccepted => Verdict == PeerVerdict.Accepted;
}

/// <summary>Decides whether a peer's certificate proves its identity: pure, given the certificates, whom to trust and the time.</summary>
/// <remarks>
/// The chain is built here and not by the platform's own check, whose result says nothing of these certificates: it knows neither the roots nor
/// that names in DNS play no part. Nothing is fetched from the network, and revocation is not asked for: leaves live for days at most.
/// </remarks>
internal static class PeerVerifier
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    /// <summary>How much earlier than its certificate says a peer is accepted: clocks differ, and a certificate is used the moment it is made.</summary>
    public static readonly TimeSpan Skew = TimeSpan.FromMinutes(1);

    /// <summary>Verifies a peer.</summary>
    /// <param name="certificate">What it presented; null = nothing.</param>
    /// <param name="sent">What it sent beside its leaf.</param>
    /// <param name="bundle">Whom to trust; null = nothing is known yet.</param>
    /// <param name="role">Which side the peer is on.</param>
    /// <param name="expected">Who it must be; null = any workload of the trust domain.</param>
    /// <param name="now">The time.</param>
    public static PeerFinding Verify(
        X509Certificate2? certificate, X509Certificate2Collection? sent, TrustBundle? bundle, PeerRole role, SpiffeId? expected, DateTimeOffset now)
    {
        if (certificate is null)
            return Refused(PeerVerdict.NoCertificate, null, "Expected a certificate of the mesh, found none.");
        if (bundle is null || bundle.Roots.IsEmpty)
            return Refused(PeerVerdict.NoTrustBundle, null, "Expected a trust bundle to verify the peer by, found none yet.");
        var identity = PeerCertificate.ReadIdentity(certificate, out var id, out var detail);
        PeerFinding trusted;
        try
        {
            trusted = Trusted(certificate, sent, bundle, role, now);
        }
        // Extensions are decoded when they are looked at.
        catch (CryptographicException error)
        {
            return Refused(PeerVerdict.UntrustedChain, id, $"Expected a certificate that can be read, found \"{Printable.Of(certificate.Subject)}\": {error.Message}");
        }
        if (!trusted.IsAccepted)
            return trusted with { Id = id };
        if (identity != PeerVerdict.Accepted)
            return Refused(identity, id, detail);
        if (id!.TrustDomain != bundle.TrustDomain)
            return Refused(PeerVerdict.OtherTrustDomain, id, $"Expected an identity of the trust domain \"{bundle.TrustDomain}\", found {id}.");
        if (expected is not null && id != expected)
            return Refused(PeerVerdict.OtherIdentity, id, $"Expected {expected}, found {id}.");
        return trusted with { Id = id };
    }

    private static PeerFinding Trusted(
        X509Certificate2 certificate, X509Certificate2Collection? sent, TrustBundle bundle, PeerRole role, DateTimeOffset now)
    {
        if (now + Skew < certificate.NotBefore)
        {
            return Refused(PeerVerdict.NotYetValid, null,
                $"The certificate of the peer is valid from {Utc(certificate.NotBefore)}; now is {now.UtcDateTime:u}, and clocks may differ by {Skew.TotalMinutes:0} min.");
        }
        if (now > certificate.NotAfter)
            return Refused(PeerVerdict.Expired, null, $"The certificate of the peer was valid until {Utc(certificate.NotAfter)}; now is {now.UtcDateTime:u}.");
        foreach (var extension in certificate.Extensions)
        {
            if (extension is X509BasicConstraintsExtension { CertificateAuthority: true }
                || (extension is X509KeyUsageExtension { KeyUsages: var usages } && (usages & (X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign)) != 0))
            {
                return Refused(PeerVerdict.IsAuthority, null, $"Expected the certificate of a workload, found that of the authority \"{Printable.Of(certificate.Subject)}\".");
            }
        }
        var usage = role == PeerRole.Server ? ServerAuthentication : ClientAuthentication;
        if (!IsFor(certificate, usage))
        {
            return Refused(PeerVerdict.WrongUsage, null,
                $"Expected a certificate for the {(role == PeerRole.Server ? "server" : "client")}'s side ({usage}), found \"{Printable.Of(certificate.Subject)}\" without that usage.");
        }
        return BuildChain(certificate, sent, bundle, usage, Moment(certificate, sent, bundle, now));
    }

    // When the last of the certificates has become valid that do so by the next minute, but not past the leaf's own end.
    private static DateTimeOffset Moment(X509Certificate2 certificate, X509Certificate2Collection? sent, TrustBundle bundle, DateTimeOffset now)
    {
        var moment = now;
        foreach (var other in bundle.Roots.Concat(sent ?? []).Append(certificate))
        {
            DateTimeOffset from = other.NotBefore;
            if (from > moment && from <= now + Skew && from <= certificate.NotAfter)
                moment = from;
        }
        return moment;
    }

    private static PeerFinding BuildChain(
        X509Certificate2 certificate, X509Certificate2Collection? sent, TrustBundle bundle, string usage, DateTimeOffset now)
    {
        using var chain = new X509Chain();
        var policy = chain.ChainPolicy;
        policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        // The longest first: of twins, which a renewal with the same key leaves, the first that fits is taken, and the connection ends with it.
        policy.CustomTrustStore.AddRange(RootsAt(bundle, now).OrderByDescending(root => root.NotAfter).ToArray());
        policy.RevocationMode = X509RevocationMode.NoCheck;
        policy.DisableCertificateDownloads = true;
        policy.VerificationTime = now.UtcDateTime;
        policy.VerificationTimeIgnored = false;
        policy.ApplicationPolicy.Add(new Oid(usage));
        policy.ExtraStore.AddRange(bundle.Intermediates.Concat(sent ?? []).OrderByDescending(intermediate => intermediate.NotAfter).ToArray());
        if (chain.Build(certificate))
            return new PeerFinding(PeerVerdict.Accepted, null, "") { NotAfter = chain.ChainElements.Min(element => (DateTimeOffset)element.Certificate.NotAfter) };
        var states = string.Join(", ", chain.ChainStatus.Select(s => s.Status).Distinct());
        return Refused(PeerVerdict.UntrustedChain, null,
            $"Expected a chain from \"{Printable.Of(certificate.Subject)}\" (issued by \"{Printable.Of(certificate.Issuer)}\") "
            + $"to one of the {bundle.Roots.Length} roots of \"{bundle.TrustDomain}\", found none ({states}).");
    }

    // A new root is valid from the second it was made, and clocks differ: where this one is behind, the older root that has signed the new one counts,
    // which a chain by way of the new one would hide.
    private static X509Certificate2[] RootsAt(TrustBundle bundle, DateTimeOffset now)
    {
        X509Certificate2[] valid = [.. bundle.Roots.Where(r => r.NotBefore <= now && now <= r.NotAfter)];
        return valid.Length > 0 ? valid : [.. bundle.Roots];
    }

    // Without the extension a certificate would be good for anything; the mesh's leaves have it.
    private static bool IsFor(X509Certificate2 certificate, string usage)
    {
        foreach (var extension in certificate.Extensions)
        {
            if (extension is X509EnhancedKeyUsageExtension usages)
                return usages.EnhancedKeyUsages[usage] is not null;
        }
        return false;
    }

    private static PeerFinding Refused(PeerVerdict verdict, SpiffeId? id, string detail) => new(verdict, id, detail);

    private static string Utc(DateTime local) => $"{local.ToUniversalTime():u}";
}

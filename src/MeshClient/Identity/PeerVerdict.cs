namespace MeshClient.Identity;

/// <summary>What was found of a peer's certificate. Everything but <see cref="Accepted"/> is a refusal.</summary>
public enum PeerVerdict
{
    /// <summary>It proves the identity.</summary>
    Accepted,

    /// <summary>The peer presented no certificate.</summary>
    NoCertificate,

    /// <summary>Nothing is known yet of whom to trust.</summary>
    NoTrustBundle,

    /// <summary>It is expired.</summary>
    Expired,

    /// <summary>It is not yet valid.</summary>
    NotYetValid,

    /// <summary>No authority of the trust bundle stands behind it, or its chain is incomplete.</summary>
    UntrustedChain,

    /// <summary>It is that of an authority, which no workload presents.</summary>
    IsAuthority,

    /// <summary>It is not meant for this side of a connection (extended key usage).</summary>
    WrongUsage,

    /// <summary>It names no identity by a URI.</summary>
    NoIdentity,

    /// <summary>It names more than one.</summary>
    SeveralIdentities,

    /// <summary>What it names is not exactly a SPIFFE ID of a service.</summary>
    MalformedIdentity,

    /// <summary>Its identity belongs to another trust domain.</summary>
    OtherTrustDomain,

    /// <summary>Its identity is valid and not the one that is expected.</summary>
    OtherIdentity,
}

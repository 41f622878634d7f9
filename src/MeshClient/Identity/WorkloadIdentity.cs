namespace MeshClient.Identity;

/// <summary>Who this process is and whom it trusts, at one moment. Immutable, replaced whole.</summary>
/// <param name="Leaf">Its certificate; null = there is none yet, and nothing can be proved.</param>
/// <param name="Bundle">Whom it trusts; null = nothing is known yet, and nobody is.</param>
internal sealed record WorkloadIdentity(LeafCertificate? Leaf, TrustBundle? Bundle)
{
    /// <summary>The identity of a process that has none.</summary>
    public static WorkloadIdentity None { get; } = new(null, null);

    /// <summary>Whether connections can be made and taken at a moment.</summary>
    public bool IsUsable(DateTimeOffset now) => Leaf is { } leaf && Bundle is { Roots.IsEmpty: false } && now < leaf.NotAfter;
}

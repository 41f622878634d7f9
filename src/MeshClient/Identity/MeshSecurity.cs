namespace MeshClient.Identity;

/// <summary>What security this process has, decided at its start.</summary>
/// <param name="Mode">Whether calls are authenticated.</param>
/// <param name="DryRun">Whether denied requests are served and logged.</param>
/// <param name="Identity">Who this process is and whom it trusts; null exactly where the mode is Off.</param>
internal sealed record MeshSecurity(SecurityMode Mode, bool DryRun, IdentityKeeper? Identity)
{
    /// <summary>No security at all.</summary>
    public static MeshSecurity Off { get; } = new(SecurityMode.Off, false, null);

    /// <summary>Why no caller can be served now, in one sentence; null = they can. Only where every call is mutual TLS does all hang on the certificate.</summary>
    public string? Unfit(DateTimeOffset now)
    {
        if (Mode != SecurityMode.Strict || Identity is not { } identity || identity.Current.IsUsable(now))
            return null;
        return identity.Current.Leaf is { } leaf && leaf.NotAfter <= now
            ? $"The certificate of this process expired at {leaf.NotAfter.UtcDateTime:u}: callers are refused until there is a new one."
            : "This process has no certificate yet: callers are refused until there is one.";
    }
}

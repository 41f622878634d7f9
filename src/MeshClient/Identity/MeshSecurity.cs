namespace MeshClient.Identity;

/// <summary>What security this process has, decided at its start.</summary>
/// <param name="Mode">Whether calls are authenticated.</param>
/// <param name="DryRun">Whether denied requests are served and logged.</param>
/// <param name="Identity">Who this process is and whom it trusts; null exactly where the mode is Off.</param>
internal sealed record MeshSecurity(SecurityMode Mode, bool DryRun, IdentityKeeper? Identity)
{
    /// <summary>No security at all.</summary>
    public static MeshSecurity Off { get; } = new(SecurityMode.Off, false, null);

    /// <summary>Why callers cannot be served now; null = they can. Where not every call is mutual TLS, those in plain text still are.</summary>
    public Unfitness? Unfit(DateTimeOffset now)
    {
        if (Identity is not { } identity || identity.Current.IsUsable(now))
            return null;
        var who = Mode == SecurityMode.Strict ? "callers" : "callers by mutual TLS";
        return new(Mode == SecurityMode.Strict, identity.Current.Leaf is { } leaf && leaf.NotAfter <= now
            ? $"The certificate of this process expired at {leaf.NotAfter.UtcDateTime:u}: {who} are refused until there is a new one."
            : $"This process has no certificate yet: {who} are refused until there is one.");
    }
}

/// <summary>Why callers cannot be served.</summary>
/// <param name="ForAll">Whether none can be.</param>
/// <param name="Reason">Why, in one sentence.</param>
internal sealed record Unfitness(bool ForAll, string Reason);

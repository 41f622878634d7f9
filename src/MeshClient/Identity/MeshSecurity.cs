namespace MeshClient.Identity;

/// <summary>What security this process has, decided at its start.</summary>
/// <param name="Mode">Whether calls are authenticated.</param>
/// <param name="DryRun">Whether denied requests are served and logged.</param>
/// <param name="Identity">Who this process is and whom it trusts; null exactly where the mode is Off.</param>
internal sealed record MeshSecurity(SecurityMode Mode, bool DryRun, IdentityKeeper? Identity)
{
    /// <summary>No security at all.</summary>
    public static MeshSecurity Off { get; } = new(SecurityMode.Off, false, null);
}

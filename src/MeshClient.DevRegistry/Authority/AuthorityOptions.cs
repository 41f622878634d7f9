namespace MeshClient.DevRegistry;

/// <summary>
/// The lifetimes of the certificates that a development registry issues. The defaults are Consul's; tests take seconds.
/// Certificates count whole seconds.
/// </summary>
public sealed record AuthorityOptions
{
    /// <summary>How long a service's certificate is valid. Default: 72 hours. At least 5 s, at most 366 days.</summary>
    public TimeSpan LeafLifetime { get; init; } = TimeSpan.FromHours(72);

    /// <summary>How long a root is valid. Default: 3652 days, ten years. No less than <see cref="LeafLifetime"/>, at most 36,520 days.</summary>
    public TimeSpan RootLifetime { get; init; } = TimeSpan.FromDays(3652);

    /// <summary>
    /// After a rotation each service gets its new certificate at a random point within this time. Default: zero, at once. An
    /// agent of Consul takes up to 30 s. At most an hour.
    /// </summary>
    public TimeSpan RotationSpread { get; init; }

    internal void Validate()
    {
        Require(LeafLifetime, TimeSpan.FromSeconds(5), TimeSpan.FromDays(366), nameof(LeafLifetime), "5 s to 366 days");
        Require(RootLifetime, LeafLifetime, TimeSpan.FromDays(36_520), nameof(RootLifetime), "LeafLifetime to 36,520 days");
        Require(RotationSpread, TimeSpan.Zero, TimeSpan.FromHours(1), nameof(RotationSpread), "zero to an hour");
    }

    private static void Require(TimeSpan found, TimeSpan min, TimeSpan max, string name, string expected)
    {
        if (found < min || found > max)
        {
            throw new ArgumentOutOfRangeException(name, found, $"DevRegistryOptions.Authority.{name} must be from {expected}.");
        }
    }
}

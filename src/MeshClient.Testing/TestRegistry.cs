using MeshClient.Testing.Seam;

namespace MeshClient.Testing;

/// <summary>The registry of a <see cref="TestMesh"/>: it can be away, or say what may be old, for all services. <see cref="TestMesh.SettleAsync"/> waits until hosts have noticed.</summary>
public sealed class TestRegistry
{
    private readonly ChangeFeed _feed;
    private Outage? _outage;

    internal TestRegistry(ChangeFeed feed) => _feed = feed;

    /// <summary>Whether it says now what is current.</summary>
    public bool IsAvailable => Outage is null;

    internal Outage? Outage => Volatile.Read(ref _outage);

    /// <summary>
    /// Takes the registry away: what hosts know serves on, and they hear nothing of instances that come and go. Of services that they do not
    /// know yet, they learn nothing.
    /// </summary>
    /// <param name="reason">What went wrong, for logs and errors.</param>
    public void Fail(string reason = "The registry is away: the test says so.") => Set(new Outage(Checked(reason), IsStale: false, Since: null));

    /// <summary>Lets the registry say that what it knows may be old; for hosts the same as <see cref="Fail"/>, but for what they report of it.</summary>
    /// <param name="reason">Why, for logs and errors.</param>
    /// <param name="since">Since when; null = since hosts hear of it.</param>
    public void GoStale(string reason = "The registry has lost its leader: the test says so.", DateTimeOffset? since = null) =>
        Set(new Outage(Checked(reason), IsStale: true, since));

    /// <summary>Brings the registry back: hosts hear what has changed meanwhile.</summary>
    public void Recover() => Set(null);

    private static string Checked(string reason)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        return reason;
    }

    private void Set(Outage? outage)
    {
        Volatile.Write(ref _outage, outage);
        _feed.Publish();
    }
}

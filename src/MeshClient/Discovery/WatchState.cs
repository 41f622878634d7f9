using MeshClient.Model;

namespace MeshClient.Discovery;

/// <summary>What is known of a service now: the last good set, and since when and why it may be old. Immutable, replaced whole.</summary>
/// <param name="LastGood">The last complete set; null = none was ever seen.</param>
/// <param name="StaleSince">Since when <see cref="LastGood"/> may be old; null = it is current.</param>
/// <param name="Trouble">Why there is no current set, in one sentence; null = there is one.</param>
internal sealed record WatchState(ServiceSnapshot? LastGood, DateTimeOffset? StaleSince, string? Trouble)
{
    public static WatchState Empty { get; } = new(null, null, null);
}

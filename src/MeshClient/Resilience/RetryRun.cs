namespace MeshClient.Resilience;

/// <summary>A call whose first attempt has failed and that may be tried again.</summary>
internal abstract class RetryRun
{
    /// <summary>The wait before the next attempt, set by <see cref="Plan"/>.</summary>
    public TimeSpan Delay { get; protected set; }

    /// <summary>Decides whether there is a next attempt and after which wait.</summary>
    public abstract bool Plan(AttemptResult last);

    /// <summary>Makes the next attempt; the first time, gives the attempt that was made before the run began.</summary>
    public abstract ValueTask<AttemptResult> NextAsync();
}

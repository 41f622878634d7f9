namespace MeshClient.DevRegistry.Catalog;

/// <summary>
/// The one sequence of indexes that all tables share, and the signal that something was written. A table takes an index and
/// signals under a lock of its own.
/// </summary>
internal sealed class Ledger
{
    /// <summary>Where a fresh registry begins: a real agent has written its own node by then.</summary>
    public const ulong First = 10;

    private ulong last = First;
    private TaskCompletionSource changed = NewSignal();

    /// <summary>Completes at the next change. Take it before a read, else a change between the two is missed.</summary>
    public Task Changed => Volatile.Read(ref changed).Task;

    public ulong Next() => Interlocked.Increment(ref last);

    /// <summary>Wakes all who wait. What was written must be readable by now.</summary>
    public void Signal() => Interlocked.Exchange(ref changed, NewSignal()).SetResult();

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

using MeshClient.DevRegistry.Primitives;

namespace MeshClient.DevRegistry.Catalog;

/// <summary>Holds a read back until its index passes the caller's, or until the caller has waited long enough.</summary>
internal sealed class BlockingQuery(Ledger ledger, TimeProvider time, IRandomSource random, CancellationToken stopping)
{
    /// <summary>The wait of a caller that names an index but no wait.</summary>
    public static readonly TimeSpan DefaultWait = TimeSpan.FromMinutes(5);

    /// <summary>The longest wait; more is cut to it.</summary>
    public static readonly TimeSpan MaxWait = TimeSpan.FromMinutes(10);

    private const int JitterFraction = 16;

    private int waiting;

    /// <summary>How many callers are held at this moment.</summary>
    public int Waiting => Volatile.Read(ref waiting);

    /// <exception cref="OperationCanceledException">The caller has gone.</exception>
    public async Task<Indexed<T>> RunAsync<T>(Func<Indexed<T>> read, ulong minIndex, TimeSpan wait, CancellationToken caller)
    {
        var changed = ledger.Changed;
        var result = read();
        if (minIndex == 0 || result.Index > minIndex || stopping.IsCancellationRequested)
        {
            return result;
        }
        wait = wait <= TimeSpan.Zero ? DefaultWait : wait > MaxWait ? MaxWait : wait;
        using var patience = new CancellationTokenSource(wait + random.Stagger(wait / JitterFraction), time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, caller, stopping);
        Interlocked.Increment(ref waiting);
        try
        {
            while (result.Index <= minIndex)
            {
                await changed.WaitAsync(end.Token).ConfigureAwait(false);
                changed = ledger.Changed;
                result = read();
            }
            return result;
        }
        catch (OperationCanceledException) when (!caller.IsCancellationRequested)
        {
            // Out of patience, or the registry stops: the caller gets what there is, with the index it already has.
            return read();
        }
        finally
        {
            Interlocked.Decrement(ref waiting);
        }
    }
}

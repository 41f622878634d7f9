using System.Numerics;

namespace MeshClient.Measures;

/// <summary>
/// The latencies of the last 10 to 20 s, in buckets whose bounds grow by an eighth of a power of two, so that a percentile is at most 12.5% too high
/// (and 9 µs at the least). Two windows of 10 s: one is written while the other is kept, so that a percentile always rests on a full
/// one. Lock-free but for the turn of a window.
/// </summary>
internal sealed class LatencyHistogram
{
    /// <summary>Fewer answers say nothing of a percentile.</summary>
    public const int LeastSamples = 100;

    private const int StepBits = 3;
    private const int Buckets = 32 << StepBits;
    private static readonly TimeSpan s_window = TimeSpan.FromSeconds(10);

    private readonly Lock _turn = new();
    private int[] _current = new int[Buckets];
    private int[] _previous = new int[Buckets];
    private long _turnsAt;

    /// <summary>Takes in a latency.</summary>
    public void Record(TimeSpan latency, TimeSpan now)
    {
        TurnIfDue(now);
        Interlocked.Increment(ref Volatile.Read(ref _current)[Bucket(latency)]);
    }

    /// <summary>The latency that <paramref name="percentile"/> percent of the answers did not exceed; null = too few are known.</summary>
    public TimeSpan? Percentile(double percentile, TimeSpan now)
    {
        TurnIfDue(now);
        var (current, previous) = (Volatile.Read(ref _current), Volatile.Read(ref _previous));
        long total = 0;
        for (var i = 0; i < Buckets; i++)
            total += current[i] + previous[i];
        if (total < LeastSamples)
            return null;
        var rank = (long)Math.Ceiling(total * percentile / 100);
        for (var i = 0; i < Buckets; i++)
        {
            rank -= current[i] + previous[i];
            if (rank <= 0)
                return UpperBound(i);
        }
        return UpperBound(Buckets - 1);
    }

    // A bucket is the position of the highest bit of the microseconds and the three bits below it.
    private static int Bucket(TimeSpan latency)
    {
        var micros = (uint)Math.Clamp(latency.Ticks / TimeSpan.TicksPerMicrosecond, 1 << StepBits, int.MaxValue);
        var shift = BitOperations.Log2(micros) - StepBits;
        return (shift << StepBits) + (int)(micros >> shift) - (1 << StepBits);
    }

    private static TimeSpan UpperBound(int bucket)
    {
        var shift = bucket >> StepBits;
        var step = (bucket & ((1 << StepBits) - 1)) + (1 << StepBits) + 1;
        return TimeSpan.FromMicroseconds((long)step << shift);
    }

    private void TurnIfDue(TimeSpan now)
    {
        if (now.Ticks < Volatile.Read(ref _turnsAt))
            return;
        lock (_turn)
        {
            if (now.Ticks < _turnsAt)
                return;
            // After a long silence neither window says anything of now.
            var stale = now.Ticks >= _turnsAt + s_window.Ticks;
            Volatile.Write(ref _previous, stale ? new int[Buckets] : _current);
            Volatile.Write(ref _current, new int[Buckets]);
            Volatile.Write(ref _turnsAt, (stale ? now.Ticks : _turnsAt) + s_window.Ticks);
        }
    }
}

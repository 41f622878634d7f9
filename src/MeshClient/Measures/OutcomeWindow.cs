using System.Runtime.CompilerServices;

namespace MeshClient.Measures;

/// <summary>Successes and failures over a span of time.</summary>
internal readonly record struct OutcomeCounts(int Successes, int Failures)
{
    public int Total => Successes + Failures;

    public double FailureRate => Total == 0 ? 0 : (double)Failures / Total;

    public static OutcomeCounts operator +(OutcomeCounts left, OutcomeCounts right) =>
        new(left.Successes + right.Successes, left.Failures + right.Failures);
}

/// <summary>
/// Successes and failures of the last 10 s in ten exact buckets of one second (as Linkerd's unified breaker). A bucket is one word, its
/// second in the upper half and two counts that stop at 65,535 in the lower: nothing has to be rotated, and reading writes nothing. Lock-free.
/// </summary>
internal struct OutcomeWindow
{
    private const int Length = 10;
    private const uint CountMask = 0xFFFF;

    private Buckets _buckets;

    public void Record(bool success, TimeSpan now)
    {
        var second = Second(now);
        ref var bucket = ref _buckets[(int)(second % Length)];
        while (true)
        {
            var seen = Volatile.Read(ref bucket);
            var counts = (uint)(seen >> 32) == second ? (uint)seen : 0;
            var next = ((ulong)second << 32) | Add(counts, success);
            if (Interlocked.CompareExchange(ref bucket, next, seen) == seen)
                return;
        }
    }

    public readonly OutcomeCounts Read(TimeSpan now)
    {
        var second = Second(now);
        int successes = 0, failures = 0;
        for (var i = 0; i < Length; i++)
        {
            var bucket = _buckets[i];
            if (second - (uint)(bucket >> 32) >= Length)
                continue;
            successes += (int)((uint)bucket >> 16);
            failures += (int)((uint)bucket & CountMask);
        }
        return new OutcomeCounts(successes, failures);
    }

    public void Reset()
    {
        for (var i = 0; i < Length; i++)
            Interlocked.Exchange(ref _buckets[i], 0);
    }

    private static uint Second(TimeSpan now) => (uint)(now.Ticks / TimeSpan.TicksPerSecond);

    private static uint Add(uint counts, bool success)
    {
        var (count, one) = success ? (counts >> 16, 1u << 16) : (counts & CountMask, 1u);
        return count == CountMask ? counts : counts + one;
    }

    [InlineArray(Length)]
    private struct Buckets
    {
        private ulong _first;
    }
}

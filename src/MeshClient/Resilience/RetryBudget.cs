namespace MeshClient.Resilience;

/// <summary>
/// Bounds retries to a fraction of the calls over a sliding window of ten seconds, plus a floor for quiet clients. A budget and not just a
/// maximum a call: when everything fails, three attempts a call triple the load on what is already failing, while 20% cannot
/// (Finagle's RetryBudget: ttl 10 s, 20%, 10 a second). Thread-safe.
/// </summary>
internal sealed class RetryBudget
{
    private const int Slices = 10;

    private readonly Lock _turn = new();
    private readonly Slice[] _slices = new Slice[Slices];
    private double _ratio;
    private int _floor;

    /// <param name="options">The ratio and the floor.</param>
    public RetryBudget(RetryOptions options)
    {
        for (var i = 0; i < Slices; i++)
            _slices[i] = new Slice { Number = long.MinValue };
        Update(options);
    }

    /// <summary>Takes new limits; what was counted stays.</summary>
    public void Update(RetryOptions options)
    {
        Volatile.Write(ref _ratio, options.BudgetRatio);
        Volatile.Write(ref _floor, options.BudgetPerSecond * Slices);
    }

    /// <summary>Counts a call.</summary>
    public void Deposit(TimeSpan now) => Interlocked.Increment(ref Current(now).Calls);

    /// <summary>Takes one retry out of the budget.</summary>
    /// <returns>False when the budget is used up: the call must end with the failure it has.</returns>
    public bool TryWithdraw(TimeSpan now)
    {
        var current = Current(now);
        lock (_turn)
        {
            if (Available(now) < 1)
                return false;
            current.Retries++;
            return true;
        }
    }

    /// <summary>Retries that may still be made now.</summary>
    public double Balance(TimeSpan now)
    {
        lock (_turn)
            return Math.Max(0, Available(now));
    }

    private double Available(TimeSpan now)
    {
        var number = now.Ticks / TimeSpan.TicksPerSecond;
        long calls = 0, retries = 0;
        foreach (var slice in _slices)
        {
            var age = number - Volatile.Read(ref slice.Number);
            if (age is < 0 or >= Slices)
                continue;
            calls += Volatile.Read(ref slice.Calls);
            retries += slice.Retries;
        }
        return (calls * Volatile.Read(ref _ratio)) + Volatile.Read(ref _floor) - retries;
    }

    private Slice Current(TimeSpan now)
    {
        var number = now.Ticks / TimeSpan.TicksPerSecond;
        var slice = _slices[number % Slices];
        if (Volatile.Read(ref slice.Number) != number)
        {
            lock (_turn)
            {
                if (slice.Number < number)
                {
                    slice.Retries = 0;
                    Volatile.Write(ref slice.Calls, 0);
                    Volatile.Write(ref slice.Number, number);
                }
            }
        }
        return slice;
    }

    private sealed class Slice
    {
        public long Number;
        public int Calls;
        public int Retries;
    }
}

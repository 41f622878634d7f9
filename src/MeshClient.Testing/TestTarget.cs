using System.Collections.Immutable;

namespace MeshClient.Testing;

/// <summary>What faults can be injected into and calls are recorded of: a service or one of its instances.</summary>
public abstract class TestTarget
{
    // Only ends a test that would hang.
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(30);

    private ImmutableArray<InjectedFault> _faults = [];

    private protected TestTarget()
    {
    }

    /// <summary>The calls that reached it, in the order of their arrival; attempts of one logical call are calls of their own.</summary>
    public abstract IReadOnlyList<RecordedCall> Calls { get; }

    /// <summary>The number of <see cref="Calls"/>.</summary>
    public int CallCount => Calls.Count;

    /// <summary>
    /// Injects a fault, from the next call on. A service's faults come before those of its instances, earlier ones before later ones; each may
    /// answer itself or let the call go on, as <see cref="Fault.Delay"/> does.
    /// </summary>
    /// <param name="fault">What happens.</param>
    /// <param name="times">To how many calls it happens, the first ones that <paramref name="when"/> holds for; null = all. At least 1.</param>
    /// <param name="when">To which calls it happens; null = all.</param>
    /// <returns>The fault, to count what it hit and to end it.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The number is less than 1.</exception>
    public InjectedFault Inject(Fault fault, int? times = null, Func<HttpRequestMessage, bool>? when = null)
    {
        ArgumentNullException.ThrowIfNull(fault);
        if (times is { } number)
            ArgumentOutOfRangeException.ThrowIfLessThan(number, 1, nameof(times));
        var injected = new InjectedFault(this, fault, times, when);
        ImmutableInterlocked.Update(ref _faults, static (faults, added) => faults.Add(added), injected);
        return injected;
    }

    /// <summary>Ends all faults injected here. Calls that one has hit already go on as it says.</summary>
    public void Heal() => ImmutableInterlocked.Update(ref _faults, static faults => faults.Clear());

    /// <summary>Waits until so many calls have reached it, those before included; they need not have been answered.</summary>
    /// <param name="count">How many. Default 1.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>A task that ends then.</returns>
    /// <exception cref="TimeoutException">They have not within 30 s of real time.</exception>
    public async Task WaitForCallsAsync(int count = 1, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            var next = NextCall;
            var seen = CallCount;
            if (seen >= count)
                return;
            try
            {
                await next.WaitAsync(s_bound, TimeProvider.System, cancellationToken).ConfigureAwait(false);
            }
            catch (TimeoutException error)
            {
                throw new TimeoutException($"Expected {count} calls to reach {this}, found {seen} and no further one for {s_bound.TotalSeconds} s.", error);
            }
        }
    }

    private protected abstract Task NextCall { get; }

    internal void Remove(InjectedFault fault) => ImmutableInterlocked.Update(ref _faults, static (faults, gone) => faults.Remove(gone), fault);

    /// <summary>The faults that happen to a request, counted as hit.</summary>
    internal IEnumerable<Fault> FaultsOf(HttpRequestMessage request) => _faults.Where(f => f.TryHit(request)).Select(f => f.Fault);
}

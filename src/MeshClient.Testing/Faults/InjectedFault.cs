namespace MeshClient.Testing;

/// <summary>A fault at work in a service or an instance. Disposing it ends it.</summary>
public sealed class InjectedFault : IDisposable
{
    private readonly TestTarget _target;
    private readonly Func<HttpRequestMessage, bool>? _when;
    private readonly int? _times;
    private int _hits;

    internal InjectedFault(TestTarget target, Fault fault, int? times, Func<HttpRequestMessage, bool>? when) =>
        (_target, Fault, _times, _when) = (target, fault, times, when);

    /// <summary>The calls it has happened to.</summary>
    public int Hits => Math.Min(Volatile.Read(ref _hits), _times ?? int.MaxValue);

    internal Fault Fault { get; }

    /// <summary>Ends the fault. Calls that it has hit already go on as it says.</summary>
    public void Dispose() => _target.Remove(this);

    internal bool TryHit(HttpRequestMessage request)
    {
        if (_times <= Volatile.Read(ref _hits) || _when?.Invoke(request) == false)
            return false;
        return Interlocked.Increment(ref _hits) <= (_times ?? int.MaxValue);
    }
}

namespace MeshClient.Measures;

/// <summary>
/// Runs of like outcomes. Thread-safe; when calls end at the same moment a run may come out one longer or shorter, which no threshold
/// depends on.
/// </summary>
internal struct ConsecutiveOutcomes
{
    private int _errors;
    private int _gatewayFailures;
    private int _connectFailures;
    private int _successes;

    /// <summary>Failures of any kind.</summary>
    public readonly int Errors => _errors;

    /// <summary>Failures to get an answer from the application: no connection, a reset, a time-out, or a 502, 503 or 504.</summary>
    public readonly int GatewayFailures => _gatewayFailures;

    /// <summary>Failures to connect.</summary>
    public readonly int ConnectFailures => _connectFailures;

    public readonly int Successes => _successes;

    public void Succeed()
    {
        // Mostly they are zero already: a read leaves the cache line shared, a write would take it from the other cores.
        if ((_errors | _gatewayFailures | _connectFailures) != 0)
            ClearFailures();
        if (_successes < int.MaxValue / 2)
            _successes++;
    }

    public void Fail(bool gateway, bool connect)
    {
        Interlocked.Increment(ref _errors);
        Count(ref _gatewayFailures, gateway);
        Count(ref _connectFailures, connect);
        Volatile.Write(ref _successes, 0);
    }

    public void Reset()
    {
        ClearFailures();
        Volatile.Write(ref _successes, 0);
    }

    private void ClearFailures()
    {
        Volatile.Write(ref _errors, 0);
        Volatile.Write(ref _gatewayFailures, 0);
        Volatile.Write(ref _connectFailures, 0);
    }

    private static void Count(ref int run, bool continues)
    {
        if (continues)
            Interlocked.Increment(ref run);
        else
            Volatile.Write(ref run, 0);
    }
}

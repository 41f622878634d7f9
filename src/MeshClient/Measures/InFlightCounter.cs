namespace MeshClient.Measures;

/// <summary>How many calls an endpoint is working on. Thread-safe.</summary>
internal struct InFlightCounter
{
    private int _value;

    public readonly int Value => _value;

    public void Begin() => Interlocked.Increment(ref _value);

    public void End() => Interlocked.Decrement(ref _value);
}

namespace MeshClient.Balancing.Pickers;

/// <summary>
/// Weighted round robin without state but a counter: the static stride scheduler of gRPC (A58). Each round offers every endpoint once, and one
/// of weight w is taken in w of every max(w) rounds, evenly spaced. Immutable.
/// </summary>
/// <remarks>A pick takes max/mean of the weights steps on average.</remarks>
internal sealed class StrideSchedule
{
    private const uint MaxWeight = ushort.MaxValue;

    /// <summary>Sets neighbours half a period apart, so that endpoints of like weight do not come all in one round.</summary>
    private const uint Offset = MaxWeight / 2;

    private readonly ushort[] _weights;

    public StrideSchedule(ReadOnlySpan<int> weights)
    {
        _weights = new ushort[weights.Length];
        var max = 1;
        foreach (var weight in weights)
            max = Math.Max(max, weight);
        for (var i = 0; i < weights.Length; i++)
            _weights[i] = (ushort)Math.Max(1, (long)weights[i] * MaxWeight / max);
    }

    /// <summary>Whether the step takes its endpoint.</summary>
    /// <param name="sequence">The number of the step.</param>
    /// <param name="index">The endpoint it offers.</param>
    public bool Takes(ulong sequence, out int index)
    {
        var (generation, remainder) = Math.DivRem(sequence, (ulong)_weights.Length);
        index = (int)remainder;
        ulong weight = _weights[index];
        return ((weight * (generation % MaxWeight)) + ((Offset * remainder) % MaxWeight)) % MaxWeight >= MaxWeight - weight;
    }
}

using MeshClient.Endpoints;

namespace MeshClient.Balancing;

/// <summary>The weights of a picker's endpoints, taken when it is built. Equal weights, the usual case, cost a pick nothing. Immutable.</summary>
internal sealed class Weights
{
    private readonly int _count;
    private readonly AliasTable? _table;
    private readonly float[]? _inverses;

    public Weights(ReadOnlySpan<EndpointState> endpoints)
    {
        _count = endpoints.Length;
        var weights = Of(endpoints);
        if (!weights.AsSpan().ContainsAnyExcept(weights.FirstOrDefault()))
            return;
        _table = new AliasTable(weights);
        var mean = weights.Average();
        _inverses = Array.ConvertAll(weights, weight => (float)(mean / weight));
    }

    /// <summary>Each endpoint's weight, at least 1.</summary>
    public static int[] Of(ReadOnlySpan<EndpointState> endpoints)
    {
        var weights = new int[endpoints.Length];
        for (var i = 0; i < weights.Length; i++)
            weights[i] = Math.Max(1, endpoints[i].Weight);
        return weights;
    }

    /// <summary>An index drawn by weight.</summary>
    public int Draw(uint bits) => _table is null ? (int)(((ulong)bits * (uint)_count) >> 32) : _table.Draw(bits);

    /// <summary>An index other than <paramref name="index"/>, all equally likely; at least two endpoints.</summary>
    public int DrawOther(int index, uint bits)
    {
        var other = (int)(((ulong)bits * (uint)(_count - 1)) >> 32);
        // One more from the index on, by the sign: of draws a processor foresees no branch, and a wrong guess costs as much as all the rest.
        return other + 1 + ((other - index) >> 31);
    }

    /// <summary>One over the weight, in units in which the mean weight is 1.</summary>
    public float Inverse(int index) => _inverses is null ? 1 : _inverses[index];

    /// <summary>
    /// Which of two takes the next call: the second when it has no more calls for its weight with that call than the first has without, that is,
    /// for equal weights, when it has fewer.
    /// </summary>
    public int Less(int first, int firstCalls, int second, int secondCalls)
    {
        if (_inverses is not null)
            return (secondCalls + 1) * _inverses[second] <= firstCalls * _inverses[first] ? second : first;
        // By the sign again.
        return first + ((second - first) & ((secondCalls - firstCalls) >> 31));
    }
}

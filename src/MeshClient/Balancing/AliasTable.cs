namespace MeshClient.Balancing;

/// <summary>Draws an index by weight in constant time, from 32 random bits (Walker 1977, built as by Vose 1991). Immutable.</summary>
internal sealed class AliasTable
{
    private readonly Column[] _columns;

    public AliasTable(ReadOnlySpan<int> weights)
    {
        _columns = new Column[weights.Length];
        var scaled = new double[weights.Length];
        var total = 0.0;
        foreach (var weight in weights)
            total += weight;
        var small = new Stack<int>();
        var large = new Stack<int>();
        for (var i = 0; i < scaled.Length; i++)
        {
            scaled[i] = weights[i] * scaled.Length / total;
            (scaled[i] < 1 ? small : large).Push(i);
        }
        while (small.Count > 0 && large.Count > 0)
        {
            var less = small.Pop();
            var more = large.Pop();
            _columns[less] = new Column((uint)(scaled[less] * uint.MaxValue), more);
            scaled[more] -= 1 - scaled[less];
            (scaled[more] < 1 ? small : large).Push(more);
        }
        // What is left is 1 but for rounding: it needs no alias.
        foreach (var i in small.Concat(large))
            _columns[i] = new Column(uint.MaxValue, i);
    }

    public int Draw(uint bits)
    {
        var product = (ulong)bits * (uint)_columns.Length;
        var index = (int)(product >> 32);
        ref readonly var column = ref _columns[index];
        return (uint)product < column.Threshold ? index : column.Alias;
    }

    private readonly record struct Column(uint Threshold, int Alias);
}

using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace MeshClient.Consul.Discovery;

/// <summary>
/// One object for equal values, found by what they are made from: nothing is made of a source whose value is known. It knows the values of the
/// current turn and of the one before, so what is no longer used is forgotten. Not thread-safe.
/// </summary>
internal sealed class SharedValues<TSource, T>
    where TSource : notnull
{
    private readonly IAlternateEqualityComparer<TSource, T> _comparer;
    private HashSet<T> _current;
    private HashSet<T> _before;

    public SharedValues(IEqualityComparer<T> comparer)
    {
        _comparer = (IAlternateEqualityComparer<TSource, T>)comparer;
        _current = new HashSet<T>(comparer);
        _before = new HashSet<T>(comparer);
    }

    /// <summary>Begins a turn.</summary>
    public void Turn()
    {
        (_current, _before) = (_before, _current);
        _current.Clear();
    }

    public T Get(TSource source)
    {
        if (_current.GetAlternateLookup<TSource>().TryGetValue(source, out var value))
            return value;
        if (!_before.GetAlternateLookup<TSource>().TryGetValue(source, out value))
            value = _comparer.Create(source);
        _current.Add(value);
        return value;
    }
}

/// <summary>Tags as Consul writes them, where null stands for nothing, and as an endpoint has them.</summary>
internal sealed class TagsComparer : IEqualityComparer<ImmutableArray<string>>, IAlternateEqualityComparer<List<string?>, ImmutableArray<string>>
{
    public static TagsComparer Instance { get; } = new();

    public bool Equals(ImmutableArray<string> x, ImmutableArray<string> y) => x.AsSpan().SequenceEqual(y.AsSpan());

    public int GetHashCode(ImmutableArray<string> obj) => Hash(obj.AsSpan());

    public bool Equals(List<string?> alternate, ImmutableArray<string> other)
    {
        var next = 0;
        foreach (var tag in alternate)
        {
            if (tag is not null && (next == other.Length || tag != other[next++]))
                return false;
        }
        return next == other.Length;
    }

    public int GetHashCode(List<string?> alternate) => Hash(CollectionsMarshal.AsSpan(alternate));

    public ImmutableArray<string> Create(List<string?> alternate) => [.. alternate.OfType<string>()];

    private static int Hash(ReadOnlySpan<string?> tags)
    {
        var hash = default(HashCode);
        foreach (var tag in tags)
        {
            if (tag is not null)
                hash.Add(tag);
        }
        return hash.ToHashCode();
    }
}

/// <summary>Metadata as Consul writes it, where null stands for an empty value, and as an endpoint has it.</summary>
internal sealed class MetaComparer
    : IEqualityComparer<FrozenDictionary<string, string>>, IAlternateEqualityComparer<Dictionary<string, string?>, FrozenDictionary<string, string>>
{
    public static MetaComparer Instance { get; } = new();

    public bool Equals(FrozenDictionary<string, string>? x, FrozenDictionary<string, string>? y)
    {
        if (ReferenceEquals(x, y))
            return true;
        if (x is null || y is null || x.Count != y.Count)
            return false;
        foreach (var (key, value) in x)
        {
            if (!y.TryGetValue(key, out var other) || other != value)
                return false;
        }
        return true;
    }

    // A sum, since the two are not in one order.
    public int GetHashCode(FrozenDictionary<string, string> obj)
    {
        var hash = 0;
        foreach (var (key, value) in obj)
            hash += HashCode.Combine(key, value);
        return hash;
    }

    public bool Equals(Dictionary<string, string?> alternate, FrozenDictionary<string, string> other)
    {
        if (alternate.Count != other.Count)
            return false;
        foreach (var (key, value) in alternate)
        {
            if (!other.TryGetValue(key, out var found) || found != (value ?? ""))
                return false;
        }
        return true;
    }

    public int GetHashCode(Dictionary<string, string?> alternate)
    {
        var hash = 0;
        foreach (var (key, value) in alternate)
            hash += HashCode.Combine(key, value ?? "");
        return hash;
    }

    public FrozenDictionary<string, string> Create(Dictionary<string, string?> alternate) =>
        alternate.ToFrozenDictionary(pair => pair.Key, pair => pair.Value ?? "");
}

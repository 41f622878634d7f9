using System.Collections.Concurrent;

namespace MeshClient.Telemetry;

/// <summary>The places where an observable instrument reads a value a name, each until it is disposed. Nothing is read while nobody collects.</summary>
internal sealed class ObservedSources<T>
{
    private readonly ConcurrentDictionary<Source, byte> _sources = new();

    /// <summary>What is read now.</summary>
    public IEnumerable<(string Name, T Value)> Values => _sources.Select(s => (s.Key.Name, s.Key.Read()));

    /// <summary>Adds a place until it is disposed.</summary>
    public IDisposable Add(string name, Func<T> read)
    {
        var source = new Source(name, read, _sources);
        _sources[source] = 0;
        return source;
    }

    private sealed class Source(string name, Func<T> read, ConcurrentDictionary<Source, byte> all) : IDisposable
    {
        public string Name => name;

        public Func<T> Read => read;

        public void Dispose() => all.TryRemove(this, out _);
    }
}

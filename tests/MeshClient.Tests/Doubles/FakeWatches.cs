using MeshClient.Discovery;
using MeshClient.Model;

namespace MeshClient.Tests.Doubles;

/// <summary>A registry's word, said by the test.</summary>
internal sealed class FakeWatches : IServiceWatches
{
    private readonly Dictionary<ServiceName, Entry> _entries = [];

    public int Open => _entries.Values.Sum(e => e.Readers.Count);

    public IServiceWatch Watch(ServiceName service, Action<WatchState> changed)
    {
        var entry = Of(service.Name);
        var view = new View(entry, changed);
        entry.Readers.Add(view);
        if (entry.State != WatchState.Empty)
            changed(entry.State);
        return view;
    }

    public void Say(string service, params Endpoint[] endpoints) =>
        Say(service, new WatchState(new ServiceSnapshot(new ServiceName(service), [.. endpoints]), null, null));

    public void Say(string service, WatchState state)
    {
        var entry = Of(service);
        entry.State = state;
        foreach (var reader in entry.Readers.ToArray())
            reader.Changed(state);
    }

    private Entry Of(string service)
    {
        var name = new ServiceName(service);
        return _entries.TryGetValue(name, out var entry) ? entry : _entries[name] = new Entry();
    }

    private sealed class Entry
    {
        public WatchState State { get; set; } = WatchState.Empty;

        public List<View> Readers { get; } = [];
    }

    private sealed class View(Entry entry, Action<WatchState> changed) : IServiceWatch
    {
        public WatchState Current => entry.State;

        public Action<WatchState> Changed => changed;

        public void Dispose() => entry.Readers.Remove(this);
    }
}

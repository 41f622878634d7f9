using System.Runtime.CompilerServices;
using System.Threading.Channels;
using MeshClient.Discovery;
using MeshClient.Model;

namespace MeshClient.FunctionalTests.Kit;

/// <summary>A registry that knows what the test tells it, and counts who listens.</summary>
public sealed class TestRegistry : IServiceRegistry
{
    private readonly Lock _turn = new();
    private readonly Dictionary<string, RegistryUpdate> _last = [];
    private readonly List<(string Service, Channel<RegistryUpdate> Channel)> _readers = [];

    /// <summary>How many enumerations were ever begun.</summary>
    public int Begun { get; private set; }

    /// <summary>How many enumerations run now.</summary>
    public int Open
    {
        get
        {
            lock (_turn)
                return _readers.Count;
        }
    }

    /// <summary>The complete set of a service's instances.</summary>
    public void Say(string service, params IEnumerable<Endpoint> endpoints) =>
        Say(service, new RegistryUpdate.Snapshot(new ServiceSnapshot(new ServiceName(service), [.. endpoints])));

    public void Say(string service, RegistryUpdate update)
    {
        lock (_turn)
        {
            _last[service] = update;
            foreach (var (_, channel) in _readers.Where(r => r.Service == service))
                channel.Writer.TryWrite(update);
        }
    }

    /// <summary>Ends every enumeration with an exception.</summary>
    public void Break(Exception error)
    {
        lock (_turn)
        {
            _last.Clear();
            _readers.ForEach(r => r.Channel.Writer.TryComplete(error));
        }
    }

    public async IAsyncEnumerable<RegistryUpdate> WatchAsync(
        ServiceName service, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var channel = Channel.CreateUnbounded<RegistryUpdate>();
        lock (_turn)
        {
            Begun++;
            _readers.Add((service.Name, channel));
            if (_last.TryGetValue(service.Name, out var update))
                channel.Writer.TryWrite(update);
        }
        try
        {
            await foreach (var update in channel.Reader.ReadAllAsync(cancellationToken))
                yield return update;
        }
        finally
        {
            lock (_turn)
                _readers.RemoveAll(r => r.Channel == channel);
        }
    }
}

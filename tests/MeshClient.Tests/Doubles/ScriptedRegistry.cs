using System.Runtime.CompilerServices;
using System.Threading.Channels;
using MeshClient.Discovery;
using MeshClient.Model;

namespace MeshClient.Tests.Doubles;

/// <summary>A registry whose streams say what the test writes; completing the channel with an error makes the stream throw it.</summary>
internal sealed class ScriptedRegistry : IServiceRegistry
{
    private int _started;
    private int _active;

    public int Started => Volatile.Read(ref _started);

    public int Active => Volatile.Read(ref _active);

    public Channel<RegistryUpdate> Updates { get; set; } = Channel.CreateUnbounded<RegistryUpdate>();

    public async IAsyncEnumerable<RegistryUpdate> WatchAsync(
        ServiceName service, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var updates = Updates;
        Interlocked.Increment(ref _active);
        Interlocked.Increment(ref _started);
        try
        {
            await foreach (var update in updates.Reader.ReadAllAsync(cancellationToken))
                yield return update;
        }
        finally
        {
            Interlocked.Decrement(ref _active);
        }
    }

    public void Say(RegistryUpdate update) => Assert.True(Updates.Writer.TryWrite(update));

    public void Break(Exception? exception)
    {
        var broken = Updates;
        Updates = Channel.CreateUnbounded<RegistryUpdate>();
        broken.Writer.Complete(exception);
    }
}

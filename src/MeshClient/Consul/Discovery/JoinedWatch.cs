using System.Runtime.CompilerServices;
using System.Threading.Channels;
using MeshClient.Discovery;
using MeshClient.Model;

namespace MeshClient.Consul.Discovery;

/// <summary>Watches both lists of a service at once and tells what <see cref="ListJoin"/> makes of them.</summary>
internal static class JoinedWatch
{
    /// <summary>Runs until cancelled, or until one of the watches ends or throws.</summary>
    /// <param name="service">The service.</param>
    /// <param name="all">Begins the watch on the list of all instances.</param>
    /// <param name="secure">Begins that on the list of those which take mutual TLS.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends both.</param>
    public static async IAsyncEnumerable<RegistryUpdate> RunAsync(
        ServiceName service, Func<CancellationToken, IAsyncEnumerable<RegistryUpdate>> all, Func<CancellationToken, IAsyncEnumerable<RegistryUpdate>> secure,
        TimeProvider time, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var told = Channel.CreateBounded<(bool Secure, RegistryUpdate Update)>(1);
        var watches = Task.WhenAll(PassOnAsync(all, false, told.Writer, stop.Token), PassOnAsync(secure, true, told.Writer, stop.Token));
        try
        {
            var join = new ListJoin(service);
            await foreach (var (isSecure, update) in told.Reader.ReadAllAsync(stop.Token).ConfigureAwait(false))
            {
                foreach (var joined in join.Take(isSecure, update, time.GetUtcNow()))
                    yield return joined;
            }
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await watches.ConfigureAwait(false);
        }
    }

    private static async Task PassOnAsync(
        Func<CancellationToken, IAsyncEnumerable<RegistryUpdate>> watch, bool secure, ChannelWriter<(bool, RegistryUpdate)> told, CancellationToken stop)
    {
        try
        {
            await foreach (var update in watch(stop).WithCancellation(stop).ConfigureAwait(false))
                await told.WriteAsync((secure, update), stop).ConfigureAwait(false);
            told.TryComplete();
        }
        catch (Exception error)
        {
            told.TryComplete(error);
        }
    }
}

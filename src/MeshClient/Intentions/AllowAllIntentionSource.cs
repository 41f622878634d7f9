using System.Runtime.CompilerServices;

namespace MeshClient.Intentions;

/// <summary>No intentions, and everyone may call whom the mode of security lets in: where the application says so and no registry holds any.</summary>
internal sealed class AllowAllIntentionSource(string service) : IIntentionSource
{
    public async IAsyncEnumerable<IntentionUpdate> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return new IntentionUpdate.Known(new IntentionSet(service, [], AllowByDefault: true));
        await new TaskCompletionSource().Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }
}

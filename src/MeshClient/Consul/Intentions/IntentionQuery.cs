using System.Collections.Immutable;
using MeshClient.Consul.Api;
using MeshClient.Intentions;
using Microsoft.Extensions.Logging;

namespace MeshClient.Consul.Intentions;

/// <summary>Asks for all that is said of who may call a service: the intentions and what holds where none decides.</summary>
/// <remarks>
/// Newer agents hold the query of the intentions. Those before 1.9 would, too, but do not say by which index; so the list's is waited for, and the
/// intentions are read then.
/// </remarks>
internal sealed class IntentionQuery(string service, IntentionsApi api, ILogger logger)
{
    private readonly IntentionDefault _default = new(api, service, logger);
    private bool _waitsOnList;

    /// <summary>Asks once.</summary>
    /// <exception cref="ConsulException">Something of it could not be read.</exception>
    public async Task<Indexed<IntentionSet>> AskAsync(BlockingQuery query, CancellationToken cancellationToken)
    {
        if (query.Index == 0)
        {
            // From the start, or after a failure: another agent may answer now, of another version and with another default.
            _waitsOnList = false;
            _default.Forget();
        }
        var answer = await ReadAsync(query, cancellationToken).ConfigureAwait(false);
        var allows = await _default.AllowsAsync(answer.Value, cancellationToken).ConfigureAwait(false);
        return new Indexed<IntentionSet>(new IntentionSet(service, answer.Value, allows), answer.Index);
    }

    private async Task<Indexed<ImmutableArray<Intention>>> ReadAsync(BlockingQuery query, CancellationToken cancellationToken)
    {
        if (!_waitsOnList)
        {
            var answer = await api.MatchAsync(service, query, cancellationToken).ConfigureAwait(false);
            if (answer.Index is not null)
                return answer;
            _waitsOnList = true;
        }
        // The index first: what is read after it is at least as new.
        var index = await api.IndexAsync(service, query, cancellationToken).ConfigureAwait(false);
        var match = await api.MatchAsync(service, query with { Index = 0 }, cancellationToken).ConfigureAwait(false);
        return match with { Index = index };
    }
}

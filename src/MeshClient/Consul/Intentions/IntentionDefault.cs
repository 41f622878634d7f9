using System.Collections.Immutable;
using System.Net;
using MeshClient.Consul.Api;
using MeshClient.Intentions;
using Microsoft.Extensions.Logging;

namespace MeshClient.Consul.Intentions;

/// <summary>
/// What holds where no intention decides: the agent's default for intentions, else that of its ACLs, else, without ACLs, to allow. A token that may not
/// read the agent is asked around: the servers say whether they would let in a caller that no intention is about.
/// </summary>
internal sealed class IntentionDefault(IntentionsApi api, string service, ILogger logger)
{
    /// <summary>A caller that no intention names.</summary>
    private const string Nobody = "mesh-default-of-intentions";

    private bool _asked;
    private bool _said;
    private bool? _known;

    /// <summary>Reads it again next time: the agent may have been started again with another.</summary>
    public void Forget() => _asked = false;

    /// <param name="intentions">The intentions in force.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    /// <exception cref="ConsulException">It could not be read.</exception>
    public async ValueTask<bool> AllowsAsync(ImmutableArray<Intention> intentions, CancellationToken cancellationToken)
    {
        if (!_asked)
            _known = await ReadAsync(cancellationToken).ConfigureAwait(false);
        _asked = true;
        if (_known is { } known)
            return known;
        if (!_said)
            logger.DefaultUntold(service);
        _said = true;
        // An intention for everyone would answer in place of the default, so that stays unknown and denies.
        return !intentions.Any(i => i.Source is Intention.Wildcard or Nobody)
            && await api.CheckAsync(Nobody, service, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<bool?> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await api.PoliciesAsync(cancellationToken).ConfigureAwait(false) switch
            {
                { DefaultIntentionPolicy: { Length: > 0 } policy } => policy == "allow",
                { AclsEnabled: false } => true,
                { AclsEnabled: true, AclDefaultPolicy: { Length: > 0 } policy } => policy == "allow",
                _ => null,
            };
        }
        catch (ConsulException exception) when (exception.StatusCode == HttpStatusCode.Forbidden)
        {
            return null;
        }
    }
}

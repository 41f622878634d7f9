using System.Collections.Immutable;
using System.Globalization;
using MeshClient.Consul.Api;
using MeshClient.Discovery;
using MeshClient.Model;
using MeshClient.Primitives;
using Microsoft.Extensions.Logging;

namespace MeshClient.Consul.Discovery;

/// <summary>What a step of a watch says, and how long to rest after it.</summary>
internal readonly record struct WatchStep(ImmutableArray<RegistryUpdate> Updates, TimeSpan Rest);

/// <summary>The state of one watch: the index, the set in use and what is wrong. One step is one query.</summary>
/// <param name="service">The service.</param>
/// <param name="mutualTls">Whether the list of the instances that take mutual TLS is read, in place of that of all.</param>
/// <param name="client">The agent.</param>
/// <param name="time">The clock.</param>
/// <param name="random">Draws the jitter.</param>
/// <param name="logger">Told of restarts of Consul.</param>
internal sealed class ConsulWatch(ServiceName service, bool mutualTls, ConsulClient client, TimeProvider time, IRandomSource random, ILogger logger)
{
    private static readonly TimeSpan DoubtfulWait = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan MinWait = TimeSpan.FromSeconds(1);

    private readonly ConsulOptions _options = client.Settings.Options;
    private readonly EndpointMapper _mapper = new();
    private readonly RestartHold _hold = new(client.Settings.Options.RestartGrace);
    private ServiceSnapshot? _published;
    private ulong _index;
    private int _failures;
    private bool _agentWasAway;
    private string? _doubt;

    /// <summary>Asks once. Failures become updates; only cancellation is thrown.</summary>
    /// <param name="polled">Whether to answer at once instead of waiting for a change.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    public async Task<WatchStep> StepAsync(bool polled, CancellationToken cancellationToken)
    {
        try
        {
            // After a failure the query must answer at once: a held one would hide for half a minute that all is well again.
            var query = new HealthQuery(service, polled || _failures > 0 ? 0 : _index, Wait(), mutualTls);
            var answer = await client.Health.ServiceAsync(query, cancellationToken).ConfigureAwait(false);
            var step = await TakeAsync(answer, cancellationToken).ConfigureAwait(false);
            return polled && step.Rest < _options.PollInterval ? step with { Rest = _options.PollInterval } : step;
        }
        catch (ConsulException exception)
        {
            _agentWasAway |= exception.AgentAway;
            return Failed(exception.Message, exception);
        }
    }

    private async ValueTask<WatchStep> TakeAsync(HealthAnswer answer, CancellationToken cancellationToken)
    {
        var fresh = _mapper.Map(answer.Entries);
        var seemsEmptied = fresh.IsEmpty && _published is null or { Endpoints.IsEmpty: false } && _hold.Since is null;
        if (fresh.IsEmpty && (answer.FilteredByAcls || seemsEmptied)
            && await EmptyAnswer.ExplainAsync(client.Health, service, mutualTls, answer.FilteredByAcls, cancellationToken).ConfigureAwait(false) is { } missing)
        {
            return Failed(missing, null);
        }

        var now = time.GetUtcNow();
        var restarted = _published is not null && (_agentWasAway || ConsulIndex.WentBack(_index, answer.Index));
        var held = _hold.Since is not null;
        var snapshot = new ServiceSnapshot(service, _hold.Apply(_published?.Endpoints ?? [], fresh, restarted, now));
        if (!held && _hold.Since is not null)
            logger.HoldingAfterRestart(service, _hold.Count, _options.RestartGrace);
        var recovered = _failures > 0;
        _index = ConsulIndex.Next(_index, answer.Index);
        _agentWasAway = false;
        _failures = 0;
        var rest = answer.Index is null ? _options.PollInterval : TimeSpan.Zero;
        return new WatchStep(Updates(snapshot, Doubt(answer, now), recovered), rest);
    }

    private ImmutableArray<RegistryUpdate> Updates(ServiceSnapshot snapshot, RegistryUpdate.Stale? doubt, bool recovered)
    {
        var changed = !snapshot.Equals(_published);
        // A set that did not change is told again only to say that it is current.
        var tellSet = changed || (doubt is null && (recovered || _doubt is not null));
        var tellDoubt = doubt is not null && (changed || recovered || doubt.Reason != _doubt);
        _published = snapshot;
        _doubt = doubt?.Reason;
        return (tellSet, tellDoubt) switch
        {
            (true, true) => [new RegistryUpdate.Snapshot(snapshot), doubt!],
            (true, false) => [new RegistryUpdate.Snapshot(snapshot)],
            (false, true) => [doubt!],
            _ => [],
        };
    }

    private RegistryUpdate.Stale? Doubt(HealthAnswer answer, DateTimeOffset now)
    {
        if (!answer.KnownLeader)
            return new(now - answer.LastContact, "The Consul servers have no leader, so their data may be old: bring a majority of them back.");
        if (answer.LastContact > _options.StaleAfter)
            return new(now - answer.LastContact, "The Consul server that answers has lost touch with its leader, so its data may be old.");
        return _hold.Since is { } since
            ? new(since, "Consul was restarted and has lost instances: they are used until they register again or Mesh:Consul:RestartGrace is over.")
            : null;
    }

    private WatchStep Failed(string reason, ConsulException? exception)
    {
        var wait = ConsulBackoff.After(++_failures, exception, random);
        var fault = new RegistryUpdate.Fault(reason, exception);
        return new WatchStep([ErrorType(exception) is { } type ? fault with { ErrorType = type } : fault], wait);
    }

    // The type of the exception is always the same: what tells faults apart is the answer's status, or what kept an answer from coming.
    private static string? ErrorType(ConsulException? exception) => exception?.StatusCode is { } status
        ? ((int)status).ToString(CultureInfo.InvariantCulture)
        : exception?.InnerException?.GetType().FullName;

    // While the data is in doubt the query must come back soon, to report the end of it or to let go of held instances in time.
    private TimeSpan Wait()
    {
        if (_doubt is null)
            return _options.WaitTime;
        var left = _hold.Since is null ? DoubtfulWait : _hold.Left(time.GetUtcNow());
        return left > DoubtfulWait ? DoubtfulWait : left < MinWait ? MinWait : left;
    }
}

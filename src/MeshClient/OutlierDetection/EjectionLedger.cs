using System.Collections.Immutable;
using System.Runtime.InteropServices;
using MeshClient.Endpoints;
using MeshClient.Primitives;

namespace MeshClient.OutlierDetection;

/// <summary>
/// Who of a cluster is ejected, until when, and how often before: Active → Ejected → Probation → Active, or Ejected again for longer.
/// Thread-safe; a good outcome of an active endpoint takes no lock.
/// </summary>
internal sealed class EjectionLedger(OutlierDetectionOptions options, IRandomSource random)
{
    private OutlierDetectionOptions _options = options;
    private readonly Lock _gate = new();
    private readonly Dictionary<EndpointState, Entry> _entries = [];
    private EndpointState[] _all = [];
    private int _outOfService;
    private int _limit;

    /// <summary>Takes over the cluster's endpoints, usable or not: those that are gone are forgotten.</summary>
    public void Track(ImmutableArray<EndpointState> endpoints)
    {
        lock (_gate)
        {
            var known = endpoints.ToHashSet();
            foreach (var gone in _entries.Keys.Where(endpoint => !known.Contains(endpoint)).ToArray())
                _entries.Remove(gone);
            _all = ImmutableCollectionsMarshal.AsArray(endpoints) ?? [];
            _limit = EjectionLimit.Of(endpoints.Count(endpoint => endpoint.Endpoint.IsUsable), _options);
            CountOutOfService();
        }
    }

    /// <summary>Takes new settings: who is ejected stays so until its time is up.</summary>
    public void Update(OutlierDetectionOptions settings)
    {
        lock (_gate)
        {
            Volatile.Write(ref _options, settings);
            Track([.. _all]);
        }
    }

    /// <summary>Takes in an outcome that the endpoint's measures have already recorded.</summary>
    /// <returns>What it changed; null, nearly always, when nothing.</returns>
    public EjectionChange? Observe(EndpointState endpoint, Outcome outcome, TimeSpan now)
    {
        if (!_options.Enabled)
            return null;
        return endpoint.Standing switch
        {
            EndpointStanding.Active when outcome.IsFailure() => JudgeActive(endpoint, now),
            EndpointStanding.Probation when outcome.IsFailure() => Eject(endpoint, EndpointStanding.Probation, EjectionReason.FailedProbation, now),
            EndpointStanding.Probation when outcome.IsSuccess() && endpoint.Runs.Successes >= _options.ProbationSuccesses => Restore(endpoint, now),
            _ => null,
        };
    }

    /// <summary>Returns the endpoints whose ejection has ended, on probation.</summary>
    /// <returns>What it changed.</returns>
    public ImmutableArray<EjectionChange> Advance(TimeSpan now)
    {
        lock (_gate)
        {
            var changes = ImmutableArray.CreateBuilder<EjectionChange>();
            foreach (var (endpoint, entry) in _entries)
            {
                if (endpoint.Standing != EndpointStanding.Ejected || entry.Due > now)
                    continue;
                endpoint.ForgetPast();
                endpoint.SetStanding(EndpointStanding.Probation);
                changes.Add(new EjectionChange(endpoint, EndpointStanding.Ejected, EndpointStanding.Probation, Reason: null, TimeSpan.Zero));
            }
            return changes.ToImmutable();
        }
    }

    /// <summary>When <see cref="Advance"/> next has something to do; null = never, as things stand.</summary>
    public TimeSpan? NextDue()
    {
        lock (_gate)
        {
            TimeSpan? next = null;
            foreach (var (endpoint, entry) in _entries)
            {
                if (endpoint.Standing == EndpointStanding.Ejected && (next is null || entry.Due < next))
                    next = entry.Due;
            }
            return next;
        }
    }

    private EjectionChange? JudgeActive(EndpointState endpoint, TimeSpan now)
    {
        // Read without the lock: in an outage, when nobody more may be ejected, failures must not queue here.
        if (Volatile.Read(ref _outOfService) >= Volatile.Read(ref _limit))
            return null;
        return OutlierDetector.Judge(endpoint, Volatile.Read(ref _all), _options, now) is { } reason
            ? Eject(endpoint, EndpointStanding.Active, reason, now)
            : null;
    }

    private EjectionChange? Eject(EndpointState endpoint, EndpointStanding from, EjectionReason reason, TimeSpan now)
    {
        lock (_gate)
        {
            // Another call may have ejected it, or taken the last place, since the caller looked.
            if (endpoint.Standing != from || (from == EndpointStanding.Active && _outOfService >= _limit) || !_all.Contains(endpoint))
                return null;
            var entry = _entries.GetValueOrDefault(endpoint);
            // On probation it has not been well yet, however long that took.
            var healthyFor = from == EndpointStanding.Active && entry.Number > 0 ? now - entry.Restored : TimeSpan.Zero;
            var number = EjectionBackoff.Capped(EjectionBackoff.Next(entry.Number, healthyFor, entry.Time), _options);
            var time = EjectionBackoff.Time(number, _options, random.NextDouble());
            _entries[endpoint] = new Entry(number, time, Due: now + time, Restored: TimeSpan.Zero);
            endpoint.SetStanding(EndpointStanding.Ejected);
            CountOutOfService();
            return new EjectionChange(endpoint, from, EndpointStanding.Ejected, reason, time);
        }
    }

    private EjectionChange? Restore(EndpointState endpoint, TimeSpan now)
    {
        lock (_gate)
        {
            if (endpoint.Standing != EndpointStanding.Probation)
                return null;
            if (_entries.TryGetValue(endpoint, out var entry))
                _entries[endpoint] = entry with { Restored = now };
            endpoint.BeginRamp(now);
            endpoint.SetStanding(EndpointStanding.Active);
            CountOutOfService();
            return new EjectionChange(endpoint, EndpointStanding.Probation, EndpointStanding.Active, Reason: null, TimeSpan.Zero);
        }
    }

    private void CountOutOfService() =>
        Volatile.Write(ref _outOfService, _entries.Keys.Count(endpoint => endpoint.Standing != EndpointStanding.Active && endpoint.Endpoint.IsUsable));

    /// <summary>An endpoint's last ejection: its number, how long it takes, when it ends, and when the endpoint had proved itself after it.</summary>
    private readonly record struct Entry(int Number, TimeSpan Time, TimeSpan Due, TimeSpan Restored);
}

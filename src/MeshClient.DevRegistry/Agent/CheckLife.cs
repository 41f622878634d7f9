using MeshClient.DevRegistry.Catalog;
using MeshClient.DevRegistry.Checks;
using MeshClient.DevRegistry.Primitives;

namespace MeshClient.DevRegistry.Agent;

/// <summary>
/// Moves checks from state to state. A new status reaches the catalog at once; a new output under the same status reaches
/// it minutes later, so that a heartbeat with a changing note wakes nobody. Callers hold the agent's lock; timers take it.
/// </summary>
internal sealed class CheckLife(Lock gate, ServiceCatalog catalog, TimeProvider time, IRandomSource random, Action<LocalCheck> changed)
{
    /// <summary>The middle of the time after which an output that changed alone is published: from half to one and a half of it.</summary>
    public static readonly TimeSpan OutputInterval = TimeSpan.FromMinutes(5);

    // System timers reach 49 days. A longer TTL takes several runs: Expire arms the timer anew for what is left.
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(40);

    /// <summary>Starts a check, with the state of the one that it replaces.</summary>
    public LocalCheck Begin(CheckDefinition definition, ServiceDefinition? service, LocalCheck? previous)
    {
        var check = new LocalCheck(definition, service);
        if (previous is not null)
        {
            previous.Dispose();
            (check.Status, check.Output, check.PublishedOutput) = (previous.Status, previous.Output, previous.Output);
        }
        check.CriticalSince = check.Status == HealthStatus.Critical ? previous?.CriticalSince ?? time.GetTimestamp() : null;
        if (definition.Kind == CheckKind.Ttl)
        {
            check.RenewedAt = time.GetTimestamp();
            check.Expiry = time.CreateTimer(_ => Expire(check), null, Within(definition.Ttl), Timeout.InfiniteTimeSpan);
        }
        else if (definition.Kind is not (CheckKind.Maintenance or CheckKind.Alias))
        {
            check.Probe = ProbeLoop.Start(definition, result => Report(check, result), time, random);
        }
        return check;
    }

    public void Update(LocalCheck check, HealthStatus status, string output)
    {
        if (status == check.Status && output == check.Output)
        {
            return;
        }
        var sameStatus = status == check.Status;
        check.Status = status;
        check.Output = output;
        check.CriticalSince = status == HealthStatus.Critical ? check.CriticalSince ?? time.GetTimestamp() : null;
        if (sameStatus)
        {
            check.OutputDelay ??= time.CreateTimer(
                _ => PublishLate(check), null, (OutputInterval / 2) + random.Stagger(OutputInterval), Timeout.InfiniteTimeSpan);
        }
        else
        {
            Publish(check);
        }
        changed(check);
    }

    /// <summary>A heartbeat: the TTL starts anew.</summary>
    public void Renew(LocalCheck check, HealthStatus status, string output)
    {
        check.RenewedAt = time.GetTimestamp();
        check.Expiry?.Change(Within(check.Definition.Ttl), Timeout.InfiniteTimeSpan);
        Update(check, status, output);
    }

    private static TimeSpan Within(TimeSpan due) => due < LongestTimer ? due : LongestTimer;

    private void Publish(LocalCheck check)
    {
        check.OutputDelay?.Dispose();
        check.OutputDelay = null;
        check.PublishedOutput = check.Output;
        catalog.Write(null, [check.ToCatalog(check.Output)]);
    }

    private void PublishLate(LocalCheck check)
    {
        lock (gate)
        {
            // A timer may already be running while its check is replaced or removed: the lock orders the two.
            if (!check.Gone && check.OutputDelay is not null)
            {
                Publish(check);
            }
        }
    }

    private void Report(LocalCheck check, ProbeResult result)
    {
        lock (gate)
        {
            if (!check.Gone)
            {
                Update(check, result.Status, result.Output);
            }
        }
    }

    private void Expire(LocalCheck check)
    {
        lock (gate)
        {
            if (check.Gone)
            {
                return;
            }
            // A renewal may have come in while this call waited for the lock.
            var left = check.Definition.Ttl - time.GetElapsedTime(check.RenewedAt);
            if (left > TimeSpan.Zero)
            {
                check.Expiry!.Change(Within(left), Timeout.InfiniteTimeSpan);
            }
            else
            {
                var last = check.Output.Length > 0 ? $" (last output before timeout follows): {check.Output}" : "";
                Update(check, HealthStatus.Critical, $"TTL expired{last}");
            }
        }
    }
}

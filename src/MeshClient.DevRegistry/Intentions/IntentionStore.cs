using MeshClient.DevRegistry.Catalog;
using MeshClient.DevRegistry.Primitives;

namespace MeshClient.DevRegistry.Intentions;

/// <summary>The intentions of one run, with one index for all: any change wakes every reader, as in Consul.</summary>
internal sealed class IntentionStore(bool denyByDefault, Ledger ledger, TimeProvider time, IRandomSource random)
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, Intention> intentions = new(StringComparer.Ordinal);
    private ulong lastIndex = Ledger.First;

    /// <summary>What happens to a call that no intention is about.</summary>
    public bool DenyByDefault => denyByDefault;

    /// <returns>All, in the order in which they are tried.</returns>
    public Indexed<IReadOnlyList<Intention>> List() => Select(static _ => true);

    public Intention? Find(string id)
    {
        lock (gate)
        {
            return intentions.GetValueOrDefault(id);
        }
    }

    /// <returns>Those about one name, in the order in which they are tried.</returns>
    public Indexed<IReadOnlyList<Intention>> Match(bool byDestination, string name) => Select(intention => byDestination
        ? IsAbout(intention.DestinationNamespace, intention.Destination, name)
        : IsAbout(intention.SourceNamespace, intention.Source, name));

    /// <summary>Whether the first intention about the pair allows it; permissions need a request, so they do not.</summary>
    public bool Allows(string source, string destination)
    {
        var first = Match(byDestination: true, destination).Value
            .FirstOrDefault(intention => IsAbout(intention.SourceNamespace, intention.Source, source));
        return first is null ? !denyByDefault : first.Action == "allow";
    }

    /// <summary>Adds it, under an ID of its own.</summary>
    /// <returns>The one that was written, or the one of the same pair that stands in its way.</returns>
    public (Intention Intention, bool Written) Add(Intention intention)
    {
        lock (gate)
        {
            return Conflict(intention, exceptId: null) is { } conflict
                ? (conflict, false)
                : (Write(intention with { Id = random.NextId().ToString() }, old: null), true);
        }
    }

    /// <summary>Replaces the one of the same ID, which must be there.</summary>
    /// <inheritdoc cref="Add" path="/returns"/>
    public (Intention Intention, bool Written) Replace(Intention intention)
    {
        lock (gate)
        {
            return Conflict(intention, intention.Id) is { } conflict
                ? (conflict, false)
                : (Write(intention, intentions.GetValueOrDefault(intention.Id)), true);
        }
    }

    /// <summary>Adds it, or replaces the one of the same pair.</summary>
    public Intention Put(Intention intention)
    {
        lock (gate)
        {
            var old = Conflict(intention, exceptId: null);
            return Write(intention with { Id = old?.Id ?? random.NextId().ToString() }, old);
        }
    }

    /// <returns>False when there was none.</returns>
    public bool Remove(string id)
    {
        lock (gate)
        {
            if (!intentions.Remove(id))
            {
                return false;
            }
            lastIndex = ledger.Next();
            ledger.Signal();
            return true;
        }
    }

    /// <returns>False when there was none of the pair.</returns>
    public bool Remove(PairKey key)
    {
        lock (gate)
        {
            return intentions.Values.FirstOrDefault(intention => intention.Key == key) is { } found && Remove(found.Id);
        }
    }

    private static bool IsAbout(string ns, string name, string asked) =>
        ns == Intention.Any || (ns == Intention.DefaultNamespace && (name == Intention.Any || name == asked));

    private Indexed<IReadOnlyList<Intention>> Select(Func<Intention, bool> wanted)
    {
        lock (gate)
        {
            return new([.. intentions.Values.Where(wanted).Order(Intention.Order)], lastIndex);
        }
    }

    private Intention? Conflict(Intention intention, string? exceptId) =>
        intentions.Values.FirstOrDefault(other => other.Id != exceptId && other.Key == intention.Key);

    private Intention Write(Intention intention, Intention? old)
    {
        lastIndex = ledger.Next();
        var now = time.GetUtcNow();
        var written = intention with
        {
            CreatedAt = old?.CreatedAt ?? now,
            UpdatedAt = now,
            CreateIndex = old?.CreateIndex ?? lastIndex,
            ModifyIndex = lastIndex,
        };
        intentions[written.Id] = written;
        ledger.Signal();
        return written;
    }
}

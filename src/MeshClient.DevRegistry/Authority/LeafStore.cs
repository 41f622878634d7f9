using MeshClient.DevRegistry.Catalog;
using MeshClient.DevRegistry.Primitives;

namespace MeshClient.DevRegistry.Authority;

/// <summary>
/// The present certificate of each service that ever asked for one, renewed at a random point of 60 to 90% of its life and
/// after each rotation of the root. Whoever waits for the next one is woken.
/// </summary>
internal sealed class LeafStore : IDisposable
{
    private const double EarliestRenewal = 0.6, LatestRenewal = 0.9;

    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(40);

    private readonly Lock gate = new();
    private readonly Dictionary<string, Entry> entries = new(StringComparer.Ordinal);
    private readonly CertificateAuthority authority;
    private readonly string datacenter;
    private readonly Ledger ledger;
    private readonly TimeProvider time;
    private readonly IRandomSource random;
    private readonly TimeSpan rotationSpread;
    private bool disposed;

    public LeafStore(
        CertificateAuthority authority, string datacenter, TimeSpan rotationSpread, Ledger ledger, TimeProvider time, IRandomSource random)
    {
        (this.authority, this.datacenter, this.rotationSpread) = (authority, datacenter, rotationSpread);
        (this.ledger, this.time, this.random) = (ledger, time, random);
        authority.Rotated = AfterRotation;
    }

    public Indexed<Leaf> Get(string service)
    {
        lock (gate)
        {
            if (!entries.TryGetValue(service, out var entry))
            {
                entry = new Entry(authority.SignLeaf(service, datacenter));
                entries[service] = entry;
                entry.Renewal = time.CreateTimer(_ => Renew(entry), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
                PlanRenewal(entry);
                ledger.Signal();
            }
            return new(entry.Leaf, entry.Leaf.ModifyIndex);
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            disposed = true;
            foreach (var entry in entries.Values)
            {
                entry.Renewal?.Dispose();
            }
        }
    }

    private void AfterRotation()
    {
        lock (gate)
        {
            foreach (var entry in entries.Values)
            {
                if (rotationSpread > TimeSpan.Zero)
                {
                    entry.RenewAt = time.GetUtcNow() + random.Stagger(rotationSpread);
                    Arm(entry);
                }
                else
                {
                    Replace(entry);
                }
            }
        }
    }

    private void PlanRenewal(Entry entry)
    {
        var (start, length) = (entry.Leaf.Validity.NotBefore, entry.Leaf.Validity.Length);
        entry.RenewAt = start + (length * EarliestRenewal) + random.Stagger(length * (LatestRenewal - EarliestRenewal));
        Arm(entry);
    }

    private void Arm(Entry entry)
    {
        var due = entry.RenewAt - time.GetUtcNow();
        entry.Renewal?.Change(
            due < TimeSpan.Zero ? TimeSpan.Zero : due < LongestTimer ? due : LongestTimer, Timeout.InfiniteTimeSpan);
    }

    private void Renew(Entry entry)
    {
        lock (gate)
        {
            if (disposed)
            {
                return;
            }
            if (entry.RenewAt > time.GetUtcNow())
            {
                // The timer ran its longest run, or was armed anew while this call waited for the lock.
                Arm(entry);
                return;
            }
            Replace(entry);
        }
    }

    private void Replace(Entry entry)
    {
        if (!disposed)
        {
            entry.Leaf = authority.SignLeaf(entry.Leaf.Service, datacenter);
            PlanRenewal(entry);
            ledger.Signal();
        }
    }

    private sealed class Entry(Leaf leaf)
    {
        public Leaf Leaf { get; set; } = leaf;
        public DateTimeOffset RenewAt { get; set; }
        public ITimer? Renewal { get; set; }
    }
}

using System.Security.Cryptography;
using MeshClient.DevRegistry.Catalog;
using MeshClient.DevRegistry.Primitives;

namespace MeshClient.DevRegistry.Authority;

/// <summary>
/// The authority of one run: it owns the roots, replaces them on demand, and signs for the services. An old root stays to be
/// trusted until all that it signed has expired. Keys are in memory only.
/// </summary>
internal sealed class CertificateAuthority : IDisposable
{
    // Consul counts what it wrote before the root; certificates of one authority need no more than to differ.
    private const ulong FirstSerial = 7;

    private static readonly TimeSpan CrossLifetime = TimeSpan.FromDays(7);
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(40);

    private readonly Lock gate = new();
    private readonly Ledger ledger;
    private readonly TimeProvider time;
    private readonly IRandomSource random;
    private readonly AuthorityOptions options;
    private readonly ITimer pruning;
    private ulong lastSerial = FirstSerial - 1;
    private RootSet roots;
    private ulong rootsIndex;

    public CertificateAuthority(AuthorityOptions options, Ledger ledger, TimeProvider time, IRandomSource random)
    {
        (this.options, this.ledger, this.time, this.random) = (options, ledger, time, random);
        LeafLifetime = options.LeafLifetime;
        rootsIndex = Ledger.First;
        roots = new RootSet(random.NextId().ToString(), []);
        var first = NewRoot(ECDsa.Create(ECCurve.NamedCurves.nistP256), before: null, rootsIndex);
        roots = roots with { Entries = [new RootEntry(first, Active: true, rootsIndex)] };
        pruning = time.CreateTimer(
            static state => ((CertificateAuthority)state!).Prune(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>How long leaves that are signed from now on are valid.</summary>
    public TimeSpan LeafLifetime { get; set; }

    /// <summary>Called after a new root has begun to sign, outside of all locks.</summary>
    public Action? Rotated { get; set; }

    public Indexed<RootSet> Roots()
    {
        lock (gate)
        {
            return new(roots, rootsIndex);
        }
    }

    /// <summary>Puts a new root in charge. Readers see both; each leaf is signed anew.</summary>
    /// <param name="key">The key of the new root; null makes one. It is owned from here on.</param>
    public void Rotate(ECDsa? key = null)
    {
        lock (gate)
        {
            var index = ledger.Next();
            var next = NewRoot(key ?? ECDsa.Create(ECCurve.NamedCurves.nistP256), roots.Active, index);
            var now = time.GetUtcNow();
            roots = roots with
            {
                Entries =
                [
                    .. roots.Entries.Select(old => old.Active ? old with { Active = false, ModifyIndex = index, RotatedOut = now } : old),
                    new RootEntry(next, Active: true, index),
                ],
            };
            rootsIndex = index;
            PlanPruning();
            ledger.Signal();
        }
        Rotated?.Invoke();
    }

    public Leaf SignLeaf(string service, string datacenter)
    {
        lock (gate)
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var id = ServiceId.Of(roots.TrustDomain, datacenter, service);
            var validity = Validity.Backdated(time.GetUtcNow(), LeafLifetime);
            var serial = ++lastSerial;
            var root = roots.Active;
            var name = ServiceId.CommonNameOf(service, roots.TrustDomainId);
            using var certificate = Certificates.Leaf(key, name, root, id, validity, serial);
            var index = ledger.Next();
            return new Leaf(
                service, id, Certificates.Hex(serial), Certificates.Pem(certificate) + root.CrossPem, key.ExportECPrivateKeyPem() + "\n",
                validity, index, index);
        }
    }

    public void Dispose() => pruning.Dispose();

    private RootAuthority NewRoot(ECDsa key, RootAuthority? before, ulong index)
    {
        var id = $"spiffe://{roots.TrustDomain}";
        var name = $"pri-{RandomName()}.consul.ca.{roots.TrustDomainId[..8]}.consul";
        var now = time.GetUtcNow();
        var serial = ++lastSerial;
        var certificate = Certificates.Root(key, name, id, Validity.From(now, options.RootLifetime), serial);
        return new RootAuthority(key, certificate, serial, index) { CrossPem = before is null ? null : Cross(key, name, id, before, now) };
    }

    // It bridges what the old root's leaves have left to live, and does not outlive the old root.
    private string? Cross(ECDsa key, string name, string id, RootAuthority before, DateTimeOffset now)
    {
        var length = LeafLifetime > CrossLifetime ? LeafLifetime : CrossLifetime;
        var left = before.Certificate.NotAfter.ToUniversalTime() - now.UtcDateTime;
        if (left < TimeSpan.FromSeconds(1))
        {
            return null;
        }
        var validity = Validity.Backdated(now, length < left ? length : left);
        using var cross = Certificates.Cross(key, name, before, id, validity, ++lastSerial);
        return Certificates.Pem(cross);
    }

    private string RandomName()
    {
        const string Letters = "abcdefghijklmnopqrstuvwxyz0123456789";
        return string.Create(8, random, static (span, random) =>
        {
            foreach (ref var letter in span)
            {
                letter = Letters[(int)(random.NextDouble() * Letters.Length)];
            }
        });
    }

    private void Prune()
    {
        lock (gate)
        {
            var gone = roots.Entries.Where(entry => entry.RotatedOut + Grace <= time.GetUtcNow()).ToList();
            if (gone.Count > 0)
            {
                rootsIndex = ledger.Next();
                roots = roots with { Entries = [.. roots.Entries.Except(gone)] };
                ledger.Signal();
            }
            PlanPruning();
        }
    }

    // Twice the life of a leaf, as in Consul: an agent may hand the last one out late.
    private TimeSpan Grace => LeafLifetime * 2;

    private void PlanPruning()
    {
        if (roots.Entries.Min(static entry => entry.RotatedOut) is { } oldest)
        {
            var due = oldest + Grace - time.GetUtcNow();
            pruning.Change(due < TimeSpan.Zero ? TimeSpan.Zero : due < LongestTimer ? due : LongestTimer, Timeout.InfiniteTimeSpan);
        }
    }
}

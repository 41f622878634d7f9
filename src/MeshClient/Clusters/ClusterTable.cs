using System.Collections.Concurrent;
using MeshClient.Model;
using MeshClient.Primitives;
using MeshClient.Routing;

namespace MeshClient.Clusters;

/// <summary>What the table needs of the options: which names are the mesh's and how each is called.</summary>
/// <param name="Names">Which hosts are the mesh's.</param>
/// <param name="Upstreams">The settings by name.</param>
/// <param name="Defaults">The settings of names that have none.</param>
/// <param name="FirstSnapshotTimeout">How long a call waits for the registry's first word.</param>
internal sealed record ClusterPlan(
    MeshNames Names, IReadOnlyDictionary<string, UpstreamOptions> Upstreams, UpstreamOptions Defaults, TimeSpan FirstSnapshotTimeout)
{
    public UpstreamOptions OptionsOf(string name) => Upstreams.GetValueOrDefault(name, Defaults);

    public ServiceName ServiceOf(string name) => new(OptionsOf(name).Service ?? name, OptionsOf(name).Datacenter);
}

/// <summary>The clusters of the process: one a name, made at its first use, shared by all clients.</summary>
internal sealed class ClusterTable : IDisposable
{
    /// <summary>Clusters of names that nobody declared are dropped when unused for so long: a name in a URL must not hold a watch for ever.</summary>
    internal static readonly TimeSpan IdleLimit = TimeSpan.FromMinutes(15);

    /// <summary>The most names that nobody declared, at a time: URLs and redirects may come from outside, and each name holds a watch and its memory.</summary>
    internal const int MostUndeclared = 1000;

    private readonly ConcurrentDictionary<string, Cluster> _clusters = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<Cluster> _dropped = [];
    private readonly ClusterServices _services;
    private readonly Lock _turn = new();
    private readonly ITimer _sweep;
    private ClusterPlan _plan;
    private bool _disposed;

    public ClusterTable(ClusterPlan plan, ClusterServices services)
    {
        _plan = plan;
        _services = services;
        _sweep = services.Time.CreateDetachedTimer(static state => ((ClusterTable)state!).Sweep(), this);
        _sweep.Change(IdleLimit, IdleLimit);
    }

    /// <summary>The clusters made so far.</summary>
    public IReadOnlyCollection<Cluster> All => [.. _clusters.Values];

    /// <summary>The names that somebody declared.</summary>
    public IReadOnlyCollection<string> Declared => Volatile.Read(ref _plan).Names.Declared;

    /// <summary>Whether somebody declared a name.</summary>
    public bool IsDeclared(string name) => Volatile.Read(ref _plan).Names.IsDeclared(name);

    /// <summary>The cluster that a URL addresses; null = the URL is not the mesh's.</summary>
    /// <exception cref="HttpRequestException">It is, but no call can be made by it.</exception>
    public Cluster? Find(Uri? uri)
    {
        if (uri is not { IsAbsoluteUri: true } || Volatile.Read(ref _plan).Names.Find(uri) is not { } name)
            return null;
        return _clusters.TryGetValue(name, out var cluster) ? cluster : Add(name);
    }

    /// <summary>Makes the clusters of all declared names.</summary>
    public void WatchDeclared()
    {
        foreach (var name in Volatile.Read(ref _plan).Names.Declared)
            Add(name);
    }

    /// <summary>Takes a new leaf of this process for all connections to come.</summary>
    public void TakeLeaf()
    {
        foreach (var cluster in All)
            cluster.TakeLeaf();
    }

    /// <summary>Takes new options: clusters that stay keep their state; those whose service is another are made anew.</summary>
    public void Update(ClusterPlan plan)
    {
        lock (_turn)
        {
            Volatile.Write(ref _plan, plan);
            foreach (var (name, cluster) in _clusters)
            {
                if (plan.ServiceOf(name) != cluster.Service)
                    Drop(name);
                else
                {
                    cluster.FirstSnapshotTimeout = plan.FirstSnapshotTimeout;
                    cluster.Update(plan.OptionsOf(name));
                }
            }
        }
        WatchDeclared();
    }

    public void Dispose()
    {
        lock (_turn)
        {
            if (_disposed)
                return;
            _disposed = true;
            _sweep.Dispose();
            foreach (var cluster in _clusters.Values.Concat(_dropped))
                cluster.Dispose();
        }
    }

    private Cluster Add(string name)
    {
        lock (_turn)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_clusters.TryGetValue(name, out var cluster))
                return cluster;
            var plan = _plan;
            if (!plan.Names.IsDeclared(name) && _clusters.Keys.Count(known => !plan.Names.IsDeclared(known)) >= MostUndeclared)
            {
                throw new HttpRequestException(
                    $"\"{name}\" cannot be called: {MostUndeclared} services that nobody declared are in use already. Name the services you call under Mesh:Upstreams.");
            }
            cluster = new Cluster(name, plan.ServiceOf(name), plan.OptionsOf(name), plan.FirstSnapshotTimeout, _services);
            cluster.Start();
            _clusters[name] = cluster;
            return cluster;
        }
    }

    private void Sweep()
    {
        lock (_turn)
        {
            if (_disposed)
                return;
            // Dropped at the sweep before: no call that had found one can still be on its way to it.
            _dropped.ForEach(c => c.Dispose());
            _dropped.Clear();
            var now = _services.Time.Now();
            foreach (var (name, cluster) in _clusters)
            {
                if (!_plan.Names.IsDeclared(name) && now - cluster.LastUsed >= IdleLimit)
                    Drop(name);
            }
        }
    }

    private void Drop(string name)
    {
        if (_clusters.TryRemove(name, out var cluster))
            _dropped.Add(cluster);
    }
}

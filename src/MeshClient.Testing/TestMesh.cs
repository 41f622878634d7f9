using System.Collections.Immutable;
using MeshClient.Model;
using MeshClient.Testing.Seam;

namespace MeshClient.Testing;

/// <summary>
/// The services that a test plays, in place of the registry and the network. Everything of the mesh between them runs as in production:
/// names, balancing, retries, time-outs, ejection, deadlines; only the wire is replaced. Several hosts may share one, and a host may be both
/// under test and played: give its server's handler to <see cref="TestService.AddInstance(HttpMessageHandler, string?)"/>. Thread-safe.
/// </summary>
/// <example>
/// <code>
/// var mesh = new TestMesh();
/// mesh.Service("catalog").AddInstance(catalogFactory.Server.CreateHandler());
/// mesh.Service("pricing").AddInstance(_ => new HttpResponseMessage { Content = JsonContent.Create(prices) });
/// var web = webFactory.WithWebHostBuilder(host => host.ConfigureTestServices(services => services.AddMeshTesting(mesh)));
/// </code>
/// </example>
public sealed class TestMesh
{
    private readonly Lock _gate = new();
    private readonly Dictionary<ServiceName, TestService> _services = [];
    private readonly Dictionary<EndpointKey, TestInstance> _instances = [];
    private readonly List<RecordedCall> _calls = [];
    private TaskCompletionSource _nextCall = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>A mesh in which no service is played yet, and whose registry works.</summary>
    public TestMesh() => Registry = new TestRegistry(Feed);

    /// <summary>The clock of the hosts that use this mesh, put into their containers; null = each host keeps its own. Default null.</summary>
    public TimeProvider? Time { get; init; }

    /// <summary>The seed of each host's random draws (choices of instances, jitter). Default 1.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>The registry, to take it away and give it back.</summary>
    public TestRegistry Registry { get; }

    /// <summary>The services that the test plays.</summary>
    public IReadOnlyList<TestService> Services
    {
        get
        {
            lock (_gate)
                return [.. _services.Values];
        }
    }

    /// <summary>The calls that reached an instance, in the order of their arrival; attempts of one logical call are calls of their own.</summary>
    public IReadOnlyList<RecordedCall> Calls => CallsWhere(static _ => true);

    internal ChangeFeed Feed { get; } = new();

    /// <summary>Ends with the next call to any instance.</summary>
    internal Task NextCall
    {
        get
        {
            lock (_gate)
                return _nextCall.Task;
        }
    }

    /// <summary>The service of a name; the first time, it is added without instances.</summary>
    /// <param name="name">The registry's name of the service, which is the mesh's name unless <c>Mesh:Upstreams:&lt;name&gt;:Service</c> says otherwise.</param>
    /// <param name="datacenter">The datacenter that the application looks for it in; null = its own.</param>
    /// <returns>The service.</returns>
    /// <exception cref="ArgumentException">The name or the datacenter is not of the form that registries take.</exception>
    public TestService Service(string name, string? datacenter = null)
    {
        var key = new ServiceName(name, datacenter);
        TestService? service;
        lock (_gate)
        {
            if (_services.TryGetValue(key, out service))
                return service;
            _services.Add(key, service = new TestService(this, key));
        }
        Feed.Publish();
        return service;
    }

    /// <summary>
    /// Waits until every host that uses this mesh has taken over all that was said of services and registry before: a call that begins
    /// afterwards goes by it. Watches that the hosts have begun and not yet heard anything from are waited for as well.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>A task that ends then.</returns>
    /// <exception cref="TimeoutException">A host has not for 30 s of real time.</exception>
    public Task SettleAsync(CancellationToken cancellationToken = default) => Feed.SettleAsync(cancellationToken);

    /// <summary>Forgets the calls recorded so far, for tests that share a host.</summary>
    public void ClearCalls()
    {
        lock (_gate)
            _calls.Clear();
    }

    /// <summary>Ends the faults of all services and instances, and the registry's.</summary>
    public void Heal()
    {
        foreach (var service in Services)
        {
            service.Heal();
            foreach (var instance in service.Known)
                instance.Heal();
        }
        Registry.Recover();
    }

    internal ServiceSnapshot SnapshotOf(ServiceName name)
    {
        TestService? service;
        lock (_gate)
            _services.TryGetValue(name, out service);
        return new(name, service is null ? [Unscripted.EndpointOf(name)] : [.. service.Instances.Select(i => i.Endpoint)]);
    }

    internal TestInstance? Find(Endpoint endpoint)
    {
        lock (_gate)
            return _instances.GetValueOrDefault(endpoint.Key);
    }

    /// <summary>Adds an instance with an address of its own.</summary>
    internal TestInstance Add(TestService service, string id, HttpMessageInvoker answers)
    {
        lock (_gate)
        {
            var instance = new TestInstance(service, answers, new Endpoint
            {
                InstanceId = id,
                Host = TestInstance.Host,
                Port = TestInstance.FirstPort + _instances.Count,
                Datacenter = service.Datacenter,
            });
            _instances.Add(instance.Endpoint.Key, instance);
            return instance;
        }
    }

    internal void Record(RecordedCall call)
    {
        lock (_gate)
        {
            _calls.Add(call);
            _nextCall.SetResult();
            _nextCall = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    internal ImmutableArray<RecordedCall> CallsWhere(Func<RecordedCall, bool> predicate)
    {
        lock (_gate)
            return [.. _calls.Where(predicate)];
    }

    /// <summary>What the test plays, for errors.</summary>
    internal string Played()
    {
        var services = Services;
        return services.Count == 0 ? "no service at all" : string.Join(", ", services.Select(s => $"\"{s.FullName}\"").Order(StringComparer.Ordinal));
    }
}

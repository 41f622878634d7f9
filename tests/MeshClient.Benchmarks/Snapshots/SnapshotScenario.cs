using MeshClient.Benchmarks.Overhead;
using MeshClient.Benchmarks.Quick;
using MeshClient.Clusters;
using MeshClient.Consul;
using MeshClient.Consul.Api;
using MeshClient.Consul.Discovery;
using MeshClient.Discovery;
using MeshClient.Model;
using MeshClient.Primitives;
using MeshClient.TestKit.Consul;
using MeshClient.Transport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging.Abstractions;

namespace MeshClient.Benchmarks.Snapshots;

/// <summary>
/// An update of a service: the agent's answer read, decoded, mapped to endpoints and applied to the cluster up to the new picker. From one update
/// to the next one instance moves to another port and back.
/// </summary>
internal sealed class SnapshotScenario : Scenario
{
    /// <summary>The instance that moves.</summary>
    public const int Moved = 7;

    private const string Service = "web";

    private readonly StubAgent _agent = new();
    private readonly DirectWatches _watches = new();
    private readonly ServiceProvider _provider;
    private readonly ConsulClient _client;
    private readonly ConsulWatch _watch;
    private readonly byte[][] _answers;
    private int _updates;

    public SnapshotScenario(int instances)
        : base($"{instances}")
    {
        _answers = [HealthAnswers.Json(instances), HealthAnswers.Json(instances, Moved)];
        var services = new ServiceCollection().AddMesh(mesh => mesh.Configure(options => options.Upstreams[Service] = new UpstreamOptions()));
        services.Replace(ServiceDescriptor.Singleton<IServiceWatches>(_watches));
        services.Replace(ServiceDescriptor.Singleton<ITransportFactory>(new StubTransports(yields: false)));
        _provider = services.BuildServiceProvider();
        Cluster = _provider.GetRequiredService<ClusterTable>().Find(new Uri($"http://{Service}/"))!;
        _client = new ConsulClient(ConsulSettings.Resolve(new ConsulOptions(), _ => null), _agent, _agent, TimeProvider.System);
        _watch = new ConsulWatch(new ServiceName(Service), mutualTls: false, _client, TimeProvider.System, RandomSource.Instance, NullLogger.Instance);
    }

    /// <summary>What the updates are applied to.</summary>
    public Cluster Cluster { get; }

    public override async Task RunAsync(int count)
    {
        for (var i = 0; i < count; i++)
        {
            _agent.Body = _answers[_updates++ % 2];
            var step = await _watch.StepAsync(polled: false, CancellationToken.None);
            foreach (var update in step.Updates)
                _watches.Take(update, TimeProvider.System.GetUtcNow());
        }
    }

    public override void Dispose()
    {
        _provider.Dispose();
        _client.Dispose();
    }
}

using MeshClient.Balancing;
using MeshClient.Discovery;
using MeshClient.Primitives;
using MeshClient.Resilience;
using MeshClient.Telemetry;
using MeshClient.Transport;
using MeshClient.Transport.Security;
using Microsoft.Extensions.Logging;

namespace MeshClient.Clusters;

/// <summary>What every cluster of the process shares.</summary>
internal sealed class ClusterServices(
    IServiceWatches watches, PickerFactory pickers, ITransportFactory transports, TimeProvider time, IRandomSource random,
    ClusterMetrics metrics, CallTelemetry telemetry, IEnumerable<StrategyRegistration> strategies, ClientSecurity security, ILoggerFactory loggers)
{
    public IServiceWatches Watches => watches;

    public PickerFactory Pickers => pickers;

    public ITransportFactory Transports => transports;

    public TimeProvider Time => time;

    public IRandomSource Random => random;

    public ClusterMetrics Metrics => metrics;

    public CallTelemetry Telemetry => telemetry;

    public IEnumerable<StrategyRegistration> Strategies => strategies;

    public ClientSecurity Security => security;

    public ILoggerFactory Loggers => loggers;

    public AttemptScope.Pool Scopes { get; } = new(time);

    public ILogger Logger { get; } = loggers.CreateLogger<Cluster>();
}

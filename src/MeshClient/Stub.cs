#pragma warning disable CS1591
namespace MeshClient.Telemetry { internal sealed class MeshMetrics { public void Ejected(string a, string b) {} } }
namespace MeshClient.Consul { public sealed class ConsulOptions {} internal sealed class ConsulConnection {} 
 internal sealed class ConsulRegistry : MeshClient.Discovery.IServiceRegistry { public System.Collections.Generic.IAsyncEnumerable<MeshClient.Discovery.RegistryUpdate> WatchAsync(MeshClient.Model.ServiceName service, System.Threading.CancellationToken cancellationToken) => throw new System.Exception(); } }
namespace MeshClient.Registration { public sealed class ServiceOptions {} }
namespace MeshClient.Discovery { public sealed class ServiceEndpointsOptions {} internal sealed class ConfigurationRegistry {} internal sealed class ServiceWatches : IServiceWatches { public IServiceWatch Watch(MeshClient.Model.ServiceName service, System.Action<WatchState> changed) => throw new System.Exception(); } }

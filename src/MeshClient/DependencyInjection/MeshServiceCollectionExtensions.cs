using System.Diagnostics.Metrics;
using Grpc.Net.ClientFactory;
using MeshClient;
using MeshClient.Balancing;
using MeshClient.Clusters;
using MeshClient.Configuration;
using MeshClient.Consul;
using MeshClient.Consul.Api;
using MeshClient.Consul.Discovery;
using MeshClient.Discovery;
using MeshClient.Discovery.Snapshots;
using MeshClient.Http;
using MeshClient.Identity;
using MeshClient.Primitives;
using MeshClient.Telemetry;
using MeshClient.Transport;
using MeshClient.Transport.Security;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds the mesh to an application.</summary>
public static class MeshServiceCollectionExtensions
{
    /// <summary>How long the registry has at most for its first answer, before a set that was kept on disk is used.</summary>
    private static readonly TimeSpan MaxPatience = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Lets every HttpClient of the application's factory reach services by their names: found, balanced, retried, and kept off what is
    /// broken, as the <c>Mesh</c> section of the configuration says. Calling it again adds its adjustments and nothing else.
    /// </summary>
    /// <param name="services">The services of the application.</param>
    /// <param name="configure">Adjusts the mesh by code.</param>
    /// <returns>The services of the application.</returns>
    public static IServiceCollection AddMesh(this IServiceCollection services, Action<MeshBuilder>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        AddMeshCore(services);
        if (!services.Any(d => d.ServiceType == typeof(AllClientsMarker)))
        {
            services.AddSingleton<AllClientsMarker>();
            services.ConfigureAll<MeshClientSelection>(selection => selection.AllClients = true);
        }
        configure?.Invoke(new MeshBuilder(services));
        return services;
    }

    internal static void AddMeshCore(IServiceCollection services)
    {
        if (services.Any(d => d.ServiceType == typeof(CoreMarker)))
            return;
        services.AddSingleton<CoreMarker>();
        services.AddHttpClient();
        services.AddLogging();
        services.AddMetrics();
        services.AddMeshSignals();
        services.AddOptions<MeshOptions>().ValidateOnStart();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<IRandomSource>(RandomSource.Instance);
        services.TryAddSingleton<MeshMetrics>();
        services.TryAddSingleton<ClusterMetrics>();
        services.TryAddSingleton<CallTelemetry>();

        services.TryAddEnumerable(ServiceDescriptor.Singleton<IConfigureOptions<MeshOptions>, MeshOptionsBinder>(
            sp => new MeshOptionsBinder(sp.GetService<IConfiguration>(), sp.GetServices<UpstreamDefaults>())));
        services.TryAddSingleton(sp => new MeshOptionsChanges(sp.GetService<IConfiguration>()));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IOptionsChangeTokenSource<MeshOptions>, MeshOptionsChanges>(
            sp => sp.GetRequiredService<MeshOptionsChanges>()));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<MeshOptions>, MeshOptionsValidator>());
        services.TryAddSingleton<MeshOptionsSource>();

        services.TryAddSingleton(CreatePickers);
        services.TryAddSingleton<ITransportFactory>(sp =>
        {
            var adjustments = sp.GetServices<TransportRegistration>().ToArray();
            var meters = sp.GetRequiredService<IMeterFactory>();
            return new SocketTransportFactory(sp.GetRequiredService<ClientSecurity>(), (name, handler) =>
            {
                // .NET's own measurements of a transport are made where the factory's other clients make theirs.
                handler.MeterFactory = meters;
                foreach (var adjustment in adjustments)
                    adjustment.Configure(name, handler);
            });
        });

        services.TryAddSingleton(sp => new ConsulClient(
            ConsulSettings.Resolve(sp.GetRequiredService<MeshOptionsSource>().Current.Consul, Environment.GetEnvironmentVariable),
            sp.GetRequiredService<TimeProvider>())
        {
            Lists = sp.GetRequiredService<MeshOptionsSource>().Current.Security.Mode switch
            {
                SecurityMode.Strict => InstanceLists.MutualTls,
                SecurityMode.Permissive => InstanceLists.Both,
                _ => InstanceLists.All,
            },
        });
        services.TryAddSingleton<IServiceRegistry, ConsulRegistry>();
        services.TryAddSingleton(CreateSnapshots);
        services.AddMeshSecurity();
        services.TryAddSingleton(CreateWatches);
        services.TryAddSingleton<ClusterServices>();
        services.TryAddSingleton(CreateClusters);

        services.TryAddSingleton<IMesh, ProcessMesh>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHttpMessageHandlerBuilderFilter, MeshHandlerFilter>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IPostConfigureOptions<GrpcClientFactoryOptions>, GrpcClientSetup>());
        services.AddHostedService<MeshStartup>();
    }

    // What stands in the configuration comes before the registry, be it Consul or the application's own.
    private static IServiceWatches CreateWatches(IServiceProvider services)
    {
        var source = services.GetRequiredService<MeshOptionsSource>();
        var configured = new ConfigurationRegistry(services.GetRequiredService<ILogger<ConfigurationRegistry>>());
        configured.Update(source.Current.Services);
        source.Changed += options => configured.Update(options.Services);
        return new ServiceWatches(
            new CompositeRegistry(configured, WithSnapshots(services, source.Current)), services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<IRandomSource>(), services.GetRequiredService<MeshMetrics>(), services.GetRequiredService<ILogger<ServiceWatches>>());
    }

    // Made before the watches and so disposed after them: what they heard last is on disk before the program ends.
    private static SnapshotStore CreateSnapshots(IServiceProvider services)
    {
        var options = services.GetRequiredService<MeshOptionsSource>().Current.Snapshot;
        var registry = services.GetRequiredService<IServiceRegistry>();
        // Which lists are read says who is in the set: one without sidecars would lead past them.
        var identity = registry is ConsulRegistry && services.GetRequiredService<ConsulClient>() is var client ? $"{client.Settings.Identity} {client.Lists}" : registry.GetType().FullName!;
        return new SnapshotStore(
            new SnapshotFolder(options.Folder!, identity), options.MaxAge, services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<ILogger<SnapshotStore>>());
    }

    private static IServiceRegistry WithSnapshots(IServiceProvider services, MeshOptions options)
    {
        var registry = services.GetRequiredService<IServiceRegistry>();
        if (options.Snapshot.Folder is null)
            return registry;
        // Half of what the first call waits, so that it has the kept set in time.
        var patience = options.FirstSnapshotTimeout / 2;
        return new SnapshotRegistry(
            registry, services.GetRequiredService<SnapshotStore>(), patience < MaxPatience ? patience : MaxPatience, services.GetRequiredService<TimeProvider>());
    }

    private static ClusterTable CreateClusters(IServiceProvider services)
    {
        var source = services.GetRequiredService<MeshOptionsSource>();
        source.WarnIfEmpty();
        var table = new ClusterTable(ClusterPlans.Of(source.Current), services.GetRequiredService<ClusterServices>());
        source.Changed += options => table.Update(ClusterPlans.Of(options));
        services.GetRequiredService<ClientSecurity>().LeafChanged += table.TakeLeaf;
        ClusterGauges.Observe(table, services.GetRequiredService<IMeterFactory>());
        return table;
    }

    private static PickerFactory CreatePickers(IServiceProvider services)
    {
        var factory = new PickerFactory();
        foreach (var added in services.GetServices<PickerRegistration>())
            factory.Add(added.Name, added.Create);
        return factory;
    }

    private sealed class AllClientsMarker;

    private sealed class CoreMarker;
}

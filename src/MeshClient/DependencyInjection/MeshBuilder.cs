using MeshClient.Balancing;
using MeshClient.Clusters;
using MeshClient.Configuration;
using MeshClient.Consul.Api;
using MeshClient.Consul.Registration;
using MeshClient.Grpc;
using MeshClient.Identity;
using MeshClient.Primitives;
using MeshClient.Resilience;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Polly;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adjusts the mesh by code, beside what the <c>Mesh</c> section says.</summary>
public sealed class MeshBuilder
{
    internal MeshBuilder(IServiceCollection services) => Services = services;

    /// <summary>The services of the application.</summary>
    public IServiceCollection Services { get; }

    /// <summary>Changes the options after the configuration has been read; runs again at each reload.</summary>
    /// <param name="configure">Changes them.</param>
    /// <returns>This builder.</returns>
    public MeshBuilder Configure(Action<MeshOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        Services.Configure(configure);
        return this;
    }

    /// <summary>
    /// Changes the settings of one upstream after the configuration has been read; runs again at each reload. A name that the configuration does
    /// not have is declared by it, with the defaults of all.
    /// </summary>
    /// <param name="name">The upstream, as it stands in URLs; compared without case.</param>
    /// <param name="configure">Changes its settings.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentException">The name is empty, or <c>*</c>, for which there is <see cref="ConfigureUpstreamDefaults"/>.</exception>
    public MeshBuilder ConfigureUpstream(string name, Action<UpstreamOptions> configure)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(configure);
        if (name == MeshOptions.Defaults)
            throw new ArgumentException($"Expected the name of an upstream, found \"*\": the defaults of all are set by {nameof(ConfigureUpstreamDefaults)}.", nameof(name));
        return Configure(options =>
        {
            if (!options.Upstreams.TryGetValue(name, out var upstream))
                options.Upstreams[name] = upstream = options.NewUpstream();
            configure(upstream);
        });
    }

    /// <summary>
    /// Sets the defaults of all upstreams, those included that stand in no configuration. What the configuration says, under <c>*</c> or under a
    /// name, goes over them.
    /// </summary>
    /// <param name="configure">Changes the defaults of the library.</param>
    /// <returns>This builder.</returns>
    public MeshBuilder ConfigureUpstreamDefaults(Action<UpstreamOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        Services.AddSingleton(new UpstreamDefaults(configure));
        return this;
    }

    /// <summary>
    /// Takes from the description of a .proto file which gRPC methods may be called twice with the effect of once: those whose <c>idempotency_level</c> is
    /// <c>NO_SIDE_EFFECTS</c> or <c>IDEMPOTENT</c>. They count as if they stood under <c>Grpc:IdempotentMethods</c> of every upstream.
    /// </summary>
    /// <param name="fileDescriptor">The serialised description, which generated code has as <c>PricingReflection.Descriptor.SerializedData.Span</c>.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentException">It is no such description.</exception>
    public MeshBuilder AddIdempotentMethods(ReadOnlySpan<byte> fileDescriptor)
    {
        var methods = GrpcDescriptor.IdempotentMethods(fileDescriptor);
        return ConfigureUpstreamDefaults(upstream =>
        {
            foreach (var method in methods)
                upstream.Grpc.IdempotentMethods.Add(method);
        });
    }

    /// <summary>Applies the mesh only to the clients that ask for it with <c>AddHttpClient(...).AddMesh()</c>; the default is all.</summary>
    /// <returns>This builder.</returns>
    public MeshBuilder OnlyClientsThatAsk()
    {
        Services.Configure<MeshClientSelection>(null, selection => selection.AllClients = false);
        return this;
    }

    /// <summary>Adds a balancing policy, for use as <c>Mesh:Upstreams:&lt;name&gt;:LoadBalancing</c>.</summary>
    /// <param name="name">Its name, compared without case.</param>
    /// <param name="create">Makes the picker; called whenever the set of available endpoints changes.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    public MeshBuilder AddPicker(string name, Func<PickerContext, IPicker> create)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(create);
        Services.AddSingleton(new PickerRegistration(name, create));
        return this;
    }

    /// <summary>
    /// Puts Polly strategies of your own around each call to every service: above the mesh's deadline, retries and hedges, so that each try of yours is a
    /// whole call. Each service has strategies and state of its own. Added twice, the first is outermost.
    /// </summary>
    /// <param name="configure">Adds the strategies; called once a service.</param>
    /// <returns>This builder.</returns>
    public MeshBuilder AddResilience(Action<ResiliencePipelineBuilder<HttpResponseMessage>> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        Services.AddSingleton(new StrategyRegistration(Upstream: null, configure));
        return this;
    }

    /// <summary>Puts Polly strategies of your own around each call to one service: see <see cref="AddResilience(Action{ResiliencePipelineBuilder{HttpResponseMessage}})"/>.</summary>
    /// <param name="upstream">The mesh's name of the service, compared without case.</param>
    /// <param name="configure">Adds the strategies.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    public MeshBuilder AddResilience(string upstream, Action<ResiliencePipelineBuilder<HttpResponseMessage>> configure)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(upstream);
        ArgumentNullException.ThrowIfNull(configure);
        Services.AddSingleton(new StrategyRegistration(upstream, configure));
        return this;
    }

    /// <summary>
    /// Adjusts the transports to the endpoints, such as their TLS options. Redirects, cookies, proxy and the connection's target stay the
    /// mesh's own; where a transport speaks the mesh's mutual TLS, so do <see cref="SocketsHttpHandler.SslOptions"/> and
    /// <see cref="SocketsHttpHandler.PlaintextStreamFilter"/>, and a log (1682) says that what was set has no effect.
    /// </summary>
    /// <param name="configure">Gets the mesh's name of the service and the handler that will connect to one of its endpoints.</param>
    /// <returns>This builder.</returns>
    public MeshBuilder ConfigureTransport(Action<string, SocketsHttpHandler> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        Services.AddSingleton(new TransportRegistration(configure));
        return this;
    }

    /// <summary>
    /// Registers this instance as <c>Mesh:Service</c> says: at the start, again whenever the registry has forgotten it, and out of it at the
    /// stop. For programs without ASP.NET Core; a web application calls <c>UseMesh()</c> instead, which knows the server's addresses.
    /// </summary>
    /// <returns>This builder.</returns>
    public MeshBuilder AddRegistration()
    {
        Services.TryAddSingleton<IAdvertisedAddress>(sp => new ConfiguredAddress(sp.GetRequiredService<MeshOptionsSource>().Current.Service));
        Services.TryAddSingleton<IDrain, NoDrain>();
        Services.TryAddSingleton(sp => new ServiceRegistrar(
            sp.GetRequiredService<ConsulClient>().Agent, new InstanceClaims(sp.GetRequiredService<ConsulClient>().Settings.Agent),
            sp.GetRequiredService<MeshOptionsSource>().Current.Service, sp.GetRequiredService<IAdvertisedAddress>(), Environment.MachineName,
            sp.GetRequiredService<TimeProvider>(), sp.GetRequiredService<IRandomSource>(), sp.GetRequiredService<ILogger<ServiceRegistrar>>())
        {
            Unfit = () => sp.GetRequiredService<MeshSecurity>().Unfit(sp.GetRequiredService<TimeProvider>().GetUtcNow()),
        });
        Services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, RegistrationService>(sp => new RegistrationService(
            sp.GetService<RegistrationIsOff>() is null ? sp.GetRequiredService<ServiceRegistrar>() : null,
            sp.GetRequiredService<MeshOptionsSource>().Current.Service, sp.GetRequiredService<IDrain>())));
        return this;
    }

    /// <summary>Finds services in a registry of your own in place of Consul.</summary>
    /// <typeparam name="T">The registry.</typeparam>
    /// <returns>This builder.</returns>
    public MeshBuilder UseRegistry<[System.Diagnostics.CodeAnalysis.DynamicallyAccessedMembers(
        System.Diagnostics.CodeAnalysis.DynamicallyAccessedMemberTypes.PublicConstructors)] T>()
        where T : class, MeshClient.Discovery.IServiceRegistry
    {
        Services.Replace(ServiceDescriptor.Singleton<MeshClient.Discovery.IServiceRegistry, T>());
        return this;
    }

    /// <summary>
    /// Takes the certificate of this process and the authorities to trust from a source of your own in place of Consul or files. It is made and read
    /// only where <c>Mesh:Security:Mode</c> is not Off.
    /// </summary>
    /// <typeparam name="T">The source.</typeparam>
    /// <returns>This builder.</returns>
    public MeshBuilder UseIdentitySource<[System.Diagnostics.CodeAnalysis.DynamicallyAccessedMembers(
        System.Diagnostics.CodeAnalysis.DynamicallyAccessedMemberTypes.PublicConstructors)] T>()
        where T : class, MeshClient.Identity.IIdentitySource
    {
        Services.Replace(ServiceDescriptor.Singleton<MeshClient.Identity.IIdentitySource, T>());
        return this;
    }
}

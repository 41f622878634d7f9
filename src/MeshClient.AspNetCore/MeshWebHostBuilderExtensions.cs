using MeshClient.AspNetCore.Inbound;
using MeshClient.AspNetCore.LoadReports;
using MeshClient.AspNetCore.Registration;
using MeshClient.AspNetCore.Security;
using MeshClient.Configuration;
using MeshClient.Consul.Registration;
using MeshClient.Intentions;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Microsoft.AspNetCore.Hosting;

/// <summary>Adds the inbound half of the mesh to a web application.</summary>
public static class MeshWebHostBuilderExtensions
{
    /// <summary>
    /// Registers this instance as <c>Mesh:Service</c> says, at the addresses the server listens on; takes the deadline of each request from its
    /// caller and cancels what nobody awaits any more; and on shutdown leaves the registry first and goes on serving while callers turn away.
    /// Where <c>Mesh:Security:Mode</c> is not Off, the endpoints of Kestrel ask for mutual TLS, and Consul's intentions decide each request.
    /// Where <c>Mesh:Inbound:LoadReports</c> is on, each answer says how loaded this server is.
    /// Calls <c>AddMesh()</c> as well. Calling it again changes nothing. The host must be a generic one (<c>WebApplication</c> or
    /// <c>ConfigureWebHost</c>): the old <c>WebHostBuilder</c> has no moment between "stop" and "stopped" to leave the registry in.
    /// </summary>
    /// <param name="builder">The web host.</param>
    /// <returns>The web host.</returns>
    public static IWebHostBuilder UseMesh(this IWebHostBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.ConfigureServices(static services =>
        {
            services.AddMesh(mesh => mesh.AddRegistration());
            services.TryAddSingleton<InboundRequests>();
            services.TryAddSingleton<RequestLimitMetrics>();
            services.TryAddSingleton<GrpcCallMetrics>();
            services.Replace(ServiceDescriptor.Singleton<IAdvertisedAddress, ServerAddress>());
            services.Replace(ServiceDescriptor.Singleton<IDrain, RequestDrain>());
            services.TryAddEnumerable(ServiceDescriptor.Singleton<IPostConfigureOptions<HostOptions>, TimeToStop>());
            AddFilters(services);
            AddLoadReports(services);
            AddSecurity(services);
        });
    }

    // Before those of the application, wherever it adds them: nothing of a request is done before its caller may make it.
    private static void AddFilters(IServiceCollection services)
    {
        if (services.Any(d => d.ImplementationType == typeof(InboundFilter)))
            return;
        services.Insert(0, ServiceDescriptor.Singleton<IStartupFilter, InboundFilter>());
        services.Insert(0, ServiceDescriptor.Singleton<IStartupFilter, SchemeFilter>());
    }

    private static void AddLoadReports(IServiceCollection services)
    {
        services.TryAddSingleton<IProcessMeter, ProcessMeter>();
        services.TryAddSingleton(sp => new LoadSampler(
            sp.GetRequiredService<InboundRequests>(), sp.GetRequiredService<IProcessMeter>(), sp.GetRequiredService<TimeProvider>(),
            sp.GetRequiredService<MeshOptionsSource>().Current.Inbound.MaxConcurrentRequests));
        services.TryAddSingleton<IMeshLoadReporter>(sp => sp.GetRequiredService<LoadSampler>());
        services.TryAddSingleton<LoadReportStreams>();
    }

    private static void AddSecurity(IServiceCollection services)
    {
        if (services.Any(d => d.ServiceType == typeof(InboundEndpoints)))
            return;
        services.AddSingleton<InboundEndpoints>();
        services.AddSingleton<InboundMetrics>();
        services.AddSingleton<Refusals>();
        services.AddSingleton<GateServices>();
        services.AddSingleton<RunningRequests>();
        services.AddSingleton<InboundReadiness>();
        services.AddSingleton<IntentionsDecide>();
        services.AddHostedService<InboundStartup>();
        services.AddSingleton<IValidateOptions<MeshOptions>, InboundRules>();
        services.AddSingleton<KestrelSetup>();
        services.Insert(0, ServiceDescriptor.Singleton<IConfigureOptions<KestrelServerOptions>>(sp => sp.GetRequiredService<KestrelSetup>()));
        services.AddSingleton<IPostConfigureOptions<KestrelServerOptions>>(sp => sp.GetRequiredService<KestrelSetup>());
        services.AddSingleton<IPostConfigureOptions<AuthenticationOptions>, MeshAuthenticationSetup>();
    }
}

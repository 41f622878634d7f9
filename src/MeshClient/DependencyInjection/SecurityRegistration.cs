using MeshClient.Configuration;
using MeshClient.Consul.Api;
using MeshClient.Consul.Discovery;
using MeshClient.Consul.Identity;
using MeshClient.Consul.Intentions;
using MeshClient.Discovery;
using MeshClient.Identity;
using MeshClient.Intentions;
using MeshClient.Primitives;
using MeshClient.Transport.Security;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds who this process is and who may call it. Nothing of it is made, loaded or watched where the mode is Off.</summary>
internal static class SecurityRegistration
{
    public static void AddMeshSecurity(this IServiceCollection services)
    {
        services.TryAddSingleton<IdentityMetrics>();
        services.TryAddSingleton(CreateSource);
        services.TryAddSingleton<IdentityKeeper>();
        services.TryAddSingleton<IntentionMetrics>();
        services.TryAddSingleton(CreateIntentionSource);
        services.TryAddSingleton<IntentionKeeper>();
        services.TryAddSingleton(CreateSecurity);
        services.TryAddSingleton<PeerRefusals>();
        services.TryAddSingleton<ClientSecurity>();
    }

    private static IIdentitySource CreateSource(IServiceProvider services)
    {
        var options = services.GetRequiredService<MeshOptionsSource>().Current;
        var time = services.GetRequiredService<TimeProvider>();
        return options.Security.Source == SecuritySource.Files
            ? new FileIdentitySource(options.Service.Name!, options.Security.Files, time)
            : new ConsulIdentitySource(
                options.Service.Name!, services.GetRequiredService<ConsulClient>(), time, services.GetRequiredService<IRandomSource>(),
                services.GetRequiredService<ILogger<ConsulIdentitySource>>());
    }

    // Also where the certificates come from files or from the application: who may call whom is said in Consul, or by the option in so many words.
    private static IIntentionSource CreateIntentionSource(IServiceProvider services)
    {
        var options = services.GetRequiredService<MeshOptionsSource>().Current;
        var service = options.Service.Name!;
        if (options.Security.Intentions == SecurityIntentions.AllowAll)
            return new AllowAllIntentionSource(service);
        if (options.Security.Intentions is null && services.GetRequiredService<IServiceRegistry>() is var registry and not ConsulRegistry)
        {
            throw new InvalidOperationException(
                $"Mesh:Security:Intentions: this application finds services by {registry.GetType().Name}, which holds no intentions, so nothing says who may call \"{service}\". "
                + "Set it to Consul where an agent of Consul holds them all the same, or to AllowAll to serve every caller that Mesh:Security:Mode lets in.");
        }
        return new ConsulIntentionSource(
            service, services.GetRequiredService<ConsulClient>(), services.GetRequiredService<TimeProvider>(), services.GetRequiredService<IRandomSource>(),
            services.GetRequiredService<ILogger<IntentionKeeper>>());
    }

    private static MeshSecurity CreateSecurity(IServiceProvider services)
    {
        var options = services.GetRequiredService<MeshOptionsSource>().Current.Security;
        return options.Mode == SecurityMode.Off
            ? MeshSecurity.Off
            : new MeshSecurity(options.Mode, options.DryRun, services.GetRequiredService<IdentityKeeper>());
    }
}

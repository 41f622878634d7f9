using MeshClient.DevRegistry.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace MeshClient.DevRegistry;

/// <summary>Puts the registry into an application that exists already.</summary>
public static class DevRegistryExtensions
{
    /// <summary>
    /// Adds the registry's state. <see cref="DevRegistryOptions.BindAddress"/> and <see cref="DevRegistryOptions.Port"/> have
    /// no meaning here: the application listens.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="options">The settings; null takes the defaults.</param>
    /// <returns><paramref name="services"/>.</returns>
    public static IServiceCollection AddDevRegistry(this IServiceCollection services, DevRegistryOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        return services.AddSingleton(provider =>
            new RegistryHost(options ?? new DevRegistryOptions(), provider.GetRequiredService<IHostApplicationLifetime>()));
    }

    /// <summary>Maps the registry's paths, all under <c>/v1</c>.</summary>
    /// <param name="endpoints">Where to map them.</param>
    /// <returns><paramref name="endpoints"/>.</returns>
    /// <exception cref="InvalidOperationException"><see cref="AddDevRegistry"/> was not called.</exception>
    public static IEndpointRouteBuilder MapDevRegistry(this IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        var host = endpoints.ServiceProvider.GetService<RegistryHost>()
            ?? throw new InvalidOperationException("The dev registry is not there: call services.AddDevRegistry() first.");
        var routes = new RegistryRoutes(endpoints, host);
        AgentServiceRoutes.Map(routes);
        AgentCheckRoutes.Map(routes);
        CatalogRoutes.Map(routes);
        AuthorityRoutes.Map(routes);
        IntentionRoutes.Map(routes);
        return endpoints;
    }
}

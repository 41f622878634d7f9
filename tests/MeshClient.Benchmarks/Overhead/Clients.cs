using MeshClient.Transport;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace MeshClient.Benchmarks.Overhead;

/// <summary>The applications that are compared: each calls <c>http://catalog/items/17</c> by a client of its factory.</summary>
internal static class Clients
{
    public const string Name = "catalog";

    public static ServiceProvider Plain(bool yields)
    {
        var services = new ServiceCollection();
        AddClient(services).ConfigurePrimaryHttpMessageHandler(() => new StubTransport(yields));
        return services.BuildServiceProvider();
    }

    /// <summary>The standard resilience handler and service discovery with three endpoints, wired as the template of Aspire does.</summary>
    public static ServiceProvider Standard(bool yields)
    {
        var services = new ServiceCollection();
        AddConfiguration(services, index => $"Services:{Name}:http:{index}");
        services.AddServiceDiscovery();
        services.ConfigureHttpClientDefaults(http =>
        {
            http.AddStandardResilienceHandler();
            http.AddServiceDiscovery();
        });
        AddClient(services).ConfigurePrimaryHttpMessageHandler(() => new StubTransport(yields));
        return services.BuildServiceProvider();
    }

    /// <summary>The mesh with three endpoints of the configuration and otherwise its defaults.</summary>
    /// <param name="yields">Whether the transport answers on another thread.</param>
    /// <param name="settings">Further settings.</param>
    public static ServiceProvider Mesh(bool yields, params (string Key, string Value)[] settings)
    {
        var services = new ServiceCollection();
        AddConfiguration(services, index => $"Mesh:Services:{Name}:Endpoints:{index}", settings);
        services.AddMesh();
        services.Replace(ServiceDescriptor.Singleton<ITransportFactory>(new StubTransports(yields)));
        AddClient(services);
        return services.BuildServiceProvider();
    }

    private static IHttpClientBuilder AddClient(IServiceCollection services) =>
        services.AddHttpClient(Name, client => client.BaseAddress = new Uri($"http://{Name}/"));

    private static void AddConfiguration(IServiceCollection services, Func<int, string> key, params (string Key, string Value)[] settings)
    {
        var values = Enumerable.Range(0, 3).Select(index => KeyValuePair.Create(key(index), (string?)$"127.0.0.1:{8001 + index}"))
            .Concat(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)));
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(values).Build());
    }
}

using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace MeshClient.Testing.Tests.Kit;

/// <summary>A program that calls <c>catalog</c> through the mesh, in a container of its own, with the test's mesh under it.</summary>
internal sealed class Client : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    public Client(TestMesh mesh, Action<IServiceCollection>? configure = null, params (string Key, string Value)[] settings)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(
            settings.Append((Key: "Mesh:Upstreams:catalog:LoadBalancing", Value: "RoundRobin")).DistinctBy(s => s.Key).Select(s => KeyValuePair.Create(s.Key, (string?)s.Value)));
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(configuration.Build());
        services.AddMesh();
        configure?.Invoke(services);
        services.AddMeshTesting(mesh);
        _services = services.BuildServiceProvider();
        Http = Of("default");
    }

    public HttpClient Http { get; }

    public IServiceProvider Services => _services;

    public HttpClient Of(string name)
    {
        var client = _services.GetRequiredService<IHttpClientFactory>().CreateClient(name);
        client.Timeout = Timeout.InfiniteTimeSpan;
        return client;
    }

    public Task<HttpResponseMessage> GetAsync(string url = "http://catalog/items") => Http.GetAsync(url);

    public async Task GetAsync(int times)
    {
        for (var i = 0; i < times; i++)
            (await GetAsync()).Dispose();
    }

    public ValueTask DisposeAsync()
    {
        Http.Dispose();
        return _services.DisposeAsync();
    }
}

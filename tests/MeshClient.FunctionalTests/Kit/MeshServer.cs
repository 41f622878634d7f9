using MeshClient.Discovery;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MeshClient.FunctionalTests.Kit;

/// <summary>A server that calls UseMesh() as users do.</summary>
internal static class MeshServer
{
    /// <param name="name">The server's name.</param>
    /// <param name="handle">What it answers.</param>
    /// <param name="settings">Keys under <c>Mesh:</c> and their values.</param>
    /// <param name="ownRegistry">Whether services are found in a <see cref="TestRegistry"/>, not in Consul.</param>
    /// <param name="services">Adds to the application.</param>
    /// <param name="protocols">What it speaks.</param>
    /// <param name="map">Maps its endpoints, in place of <paramref name="handle"/>.</param>
    public static Task<TestServer> StartAsync(
        string name, RequestDelegate? handle = null, Dictionary<string, string?>? settings = null, bool ownRegistry = true,
        Action<IServiceCollection>? services = null, HttpProtocols protocols = HttpProtocols.Http1, Action<WebApplication>? map = null) =>
        TestServer.StartAsync(name, handle, protocols, map: map, configure: builder =>
        {
            settings ??= new() { ["Upstreams:catalog:Service"] = "catalog" };
            builder.Configuration.AddInMemoryCollection(settings.Select(s => KeyValuePair.Create($"Mesh:{s.Key}", s.Value)));
            var log = new LogLines();
            builder.Services.AddSingleton(log);
            builder.Logging.AddProvider(log).SetMinimumLevel(LogLevel.Debug);
            builder.WebHost.UseKestrelHttpsConfiguration().UseMesh();
            if (ownRegistry)
                builder.Services.AddMesh(m => m.UseRegistry<TestRegistry>());
            services?.Invoke(builder.Services);
        });

    public static TestRegistry Registry(this TestServer server) => (TestRegistry)server.Services.GetRequiredService<IServiceRegistry>();

    public static LogLines Log(this TestServer server) => server.Services.GetRequiredService<LogLines>();

    public static HttpClient Client(this TestServer server) => server.Services.GetRequiredService<IHttpClientFactory>().CreateClient();
}

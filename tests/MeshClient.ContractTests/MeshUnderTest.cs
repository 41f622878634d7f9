using System.Globalization;
using MeshClient.Consul.Api;
using MeshClient.Discovery;
using MeshClient.Model;
using MeshClient.TestKit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MeshClient.ContractTests;

/// <summary>One process of the mesh, as a user wires it: a worker that registers itself when it has a name, and watches services.</summary>
internal sealed class MeshUnderTest : IAsyncDisposable
{
    private readonly IHost _host;
    private readonly List<IServiceWatch> _watches = [];

    private MeshUnderTest(IHost host) => _host = host;

    public AgentApi Agent => _host.Services.GetRequiredService<ConsulClient>().Agent;

    public IServiceProvider Services => _host.Services;

    public static async Task<MeshUnderTest> StartAsync(Uri registry, string? name = null, int port = 0, params (string Key, string Value)[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Logging.SetMinimumLevel(LogLevel.None);
        var values = new Dictionary<string, string?> { ["Mesh:Consul:Address"] = registry.ToString() };
        if (name is not null)
        {
            values["Mesh:Service:Name"] = name;
            values["Mesh:Service:Address"] = "127.0.0.1";
            values["Mesh:Service:Check:Ttl"] = "00:00:03";
        }
        if (port > 0)
            values["Mesh:Service:Port"] = port.ToString(CultureInfo.InvariantCulture);
        foreach (var (key, value) in settings)
            values[key] = value;
        builder.Configuration.AddInMemoryCollection(values);
        builder.Services.AddMesh(mesh => mesh.AddRegistration());
        var host = builder.Build();
        await host.StartAsync();
        return new MeshUnderTest(host);
    }

    public IServiceWatch Watch(string service, Action<WatchState>? changed = null)
    {
        var watch = _host.Services.GetRequiredService<IServiceWatches>().Watch(new ServiceName(service), changed ?? (_ => { }));
        _watches.Add(watch);
        return watch;
    }

    /// <summary>Waits until the watch knows these ports as usable and no others.</summary>
    public static Task SeesAsync(IServiceWatch watch, params int[] ports) => Eventually.True(
        () => watch.Current.LastGood is { } known && known.Endpoints.Where(e => e.IsUsable).Select(e => e.Port).Order().SequenceEqual(ports.Order()),
        what: $"the usable ports are {string.Join(", ", ports)}");

    public async ValueTask DisposeAsync()
    {
        _watches.ForEach(w => w.Dispose());
        await _host.StopAsync();
        if (_host is IAsyncDisposable host)
            await host.DisposeAsync();
        else
            _host.Dispose();
    }
}

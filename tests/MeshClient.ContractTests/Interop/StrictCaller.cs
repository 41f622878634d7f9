using Grpc.Net.Client;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace MeshClient.ContractTests.Interop;

/// <summary>A process of the mesh, in strict mode unless its settings say otherwise, that calls a service: by an HttpClient, and by a gRPC channel over one.</summary>
internal sealed class StrictCaller : IAsyncDisposable
{
    private readonly IHost _host;

    private readonly GrpcChannel _channel;

    private StrictCaller(IHost host, string service)
    {
        _host = host;
        _channel = GrpcChannel.ForAddress($"http://{service}", new GrpcChannelOptions { HttpClient = Http });
        Grpc = new EchoClient(_channel.CreateCallInvoker());
    }

    public HttpClient Http => _host.Services.GetRequiredService<IHttpClientFactory>().CreateClient("backend");

    public EchoClient Grpc { get; }

    public IServiceProvider Services => _host.Services;

    public static Task<StrictCaller> StartAsync(Uri consul, string name, string service, params (string Key, string Value)[] upstream) =>
        StartAsync(Served.Strict(consul, name), service, upstream);

    public static async Task<StrictCaller> StartAsync(Dictionary<string, string?> settings, string service, params (string Key, string Value)[] upstream)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(settings);
        builder.Configuration.AddInMemoryCollection(upstream.Append(("Timeout", "00:00:10")).Select(s => KeyValuePair.Create<string, string?>($"Mesh:Upstreams:{service}:{s.Item1}", s.Item2)));
        builder.Services.AddMesh();
        builder.Services.AddHttpClient("backend", client => client.BaseAddress = new Uri($"http://{service}"));
        var host = builder.Build();
        await host.StartAsync();
        return new StrictCaller(host, service);
    }

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        await _host.StopAsync();
        await ((IAsyncDisposable)_host).DisposeAsync();
    }
}

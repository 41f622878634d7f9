using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Net.Client.Balancer;
using Grpc.Net.Client.Configuration;
using MeshClient.Transport;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace MeshClient.Benchmarks.GrpcCalls;

/// <summary>A channel, and what it lives by.</summary>
internal sealed record Channel(CallInvoker Invoker, params IDisposable[] Parts) : IDisposable
{
    public void Dispose() => Array.ForEach(Parts, part => part.Dispose());
}

/// <summary>The channels that are compared.</summary>
internal static class Channels
{
    /// <summary>grpc-dotnet's, over the stub.</summary>
    public static Channel Plain(bool yields)
    {
        var channel = GrpcChannel.ForAddress($"http://{Calls.Service}", new GrpcChannelOptions { HttpHandler = new GrpcStub(yields) });
        return new(channel.CreateCallInvoker(), channel);
    }

    /// <summary>The mesh's with three endpoints of the configuration and otherwise its defaults, over the stub.</summary>
    public static Channel Mesh(bool yields) =>
        Mesh([8001, 8002, 8003], services => services.Replace(ServiceDescriptor.Singleton<ITransportFactory>(new GrpcStub(yields))));

    /// <summary>The mesh's to servers on loopback.</summary>
    public static Channel Mesh(IEnumerable<int> ports, string policy) =>
        Mesh(ports, configure: null, ($"Mesh:Upstreams:{Calls.Service}:LoadBalancing", policy));

    /// <summary>grpc-dotnet's with its own balancer, <c>round_robin</c>, to servers on loopback.</summary>
    public static Channel RoundRobin(IEnumerable<int> ports)
    {
        var addresses = ports.Select(port => new BalancerAddress("127.0.0.1", port)).ToArray();
        var services = new ServiceCollection().AddSingleton<ResolverFactory>(new StaticResolverFactory(_ => addresses)).BuildServiceProvider();
        var channel = GrpcChannel.ForAddress($"static:///{Calls.Service}", new GrpcChannelOptions
        {
            Credentials = ChannelCredentials.Insecure,
            ServiceConfig = new ServiceConfig { LoadBalancingConfigs = { new RoundRobinConfig() } },
            ServiceProvider = services,
        });
        return new(channel.CreateCallInvoker(), channel, services);
    }

    private static Channel Mesh(IEnumerable<int> ports, Action<IServiceCollection>? configure, params (string Key, string Value)[] settings)
    {
        var values = ports.Select((port, index) => KeyValuePair.Create($"Mesh:Services:{Calls.Service}:Endpoints:{index}", (string?)$"127.0.0.1:{port}"))
            .Concat(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)));
        var services = new ServiceCollection().AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(values).Build());
        services.AddMesh();
        configure?.Invoke(services);
        var provider = services.BuildServiceProvider();
        var channel = GrpcChannel.ForAddress($"http://{Calls.Service}", provider.GetRequiredService<IMesh>().GrpcOptions());
        return new(channel.CreateCallInvoker(), channel, provider);
    }
}

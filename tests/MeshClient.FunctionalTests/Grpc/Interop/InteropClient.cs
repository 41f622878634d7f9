using Grpc.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace MeshClient.FunctionalTests.Grpc.Interop;

/// <summary>The program that calls the interop server.</summary>
internal static class InteropClient
{
    /// <summary>Starts one that calls these in plain text.</summary>
    public static async Task<MeshApp> StartAsync(params Endpoint[] servers)
    {
        var app = await MeshApp.StartAsync(new() { [$"Upstreams:{IInteropWorld.Service}:Service"] = IInteropWorld.Service }, services: AddClient);
        app.Registry.Say(IInteropWorld.Service, servers);
        return app;
    }

    public static void AddClient(IServiceCollection services) =>
        services.AddGrpcClient<TestService.TestServiceClient>(o => o.Address = new($"http://{IInteropWorld.Service}"));
}

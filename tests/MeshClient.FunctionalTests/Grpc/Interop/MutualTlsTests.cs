using Grpc.Core;
using Grpc.Testing;
using MeshClient.DevRegistry;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace MeshClient.FunctionalTests.Grpc.Interop;

/// <summary>The interop cases against ASP.NET Core by mutual TLS, with certificates of the development registry and nothing given by the test.</summary>
public sealed class MutualTlsTests(MutualTlsWorld world) : InteropCases(world), IClassFixture<MutualTlsWorld>
{
    [Fact]
    public void The_server_knows_its_caller_by_certificate() => Assert.Equal("web", world.Caller);

    [Fact]
    public async Task Call_credentials_arrive()
    {
        var credentials = CallCredentials.FromInterceptor((_, metadata) =>
        {
            metadata.Add("authorization", "Bearer secret");
            return Task.CompletedTask;
        });

        await world.Client.EmptyCallAsync(new(), new CallOptions(credentials: credentials));

        Assert.Equal("Bearer secret", world.Authorization);
    }
}

/// <summary>A server that calls UseMesh() and a caller, both in strict mode.</summary>
public sealed class MutualTlsWorld : IInteropWorld, IAsyncLifetime
{
    private DevRegistryServer _registry = null!;
    private WebApplication _server = null!;
    private MeshApp _app = null!;

    public string? SkipReason => null;

    /// <summary>Who called last, by its certificate.</summary>
    public string? Caller { get; private set; }

    /// <summary>What the last call was authorised by.</summary>
    public string? Authorization { get; private set; }

    public TestService.TestServiceClient Client => _app.Services.GetRequiredService<TestService.TestServiceClient>();

    public IMesh Mesh => _app.Services.GetRequiredService<IMesh>();

    public int InFlight => _app.InFlight(IInteropWorld.Service);

    public async ValueTask InitializeAsync()
    {
        _registry = await DevRegistryServer.StartAsync();
        _server = await StrictServer.StartAsync(_registry, IInteropWorld.Service, b => b.Services.AddGrpc(), app =>
        {
            app.Use((context, next) =>
            {
                Caller = context.GetMeshCaller().Id?.Service;
                Authorization = context.Request.Headers.Authorization;
                return next(context);
            });
            app.MapGrpcService<InteropService>();
        });
        var settings = StrictServer.Settings(_registry, "web");
        settings[$"Upstreams:{IInteropWorld.Service}:Service"] = IInteropWorld.Service;
        _app = await MeshApp.StartAsync(settings, services: InteropClient.AddClient, ownRegistry: false);
        // The registration is on its way when the server has started.
        await Eventually.True(async () =>
        {
            try
            {
                await Client.EmptyCallAsync(new());
                return true;
            }
            catch (RpcException error) when (error.StatusCode == StatusCode.Unavailable)
            {
                return false;
            }
        });
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        await _server.DisposeAsync();
        await _registry.DisposeAsync();
    }
}

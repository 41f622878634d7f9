using Grpc.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace MeshClient.FunctionalTests.Grpc.Interop;

/// <summary>The interop cases against ASP.NET Core, in plain text.</summary>
public sealed class PlainTextTests(PlainTextWorld world) : InteropCases(world), IClassFixture<PlainTextWorld>
{
    /// <summary>The case as it is meant: every few channels, the connection is to a server that has just come, and goes with it.</summary>
    [Fact]
    public async Task channel_soak_over_connections_that_come_and_go()
    {
        await using var app = await InteropClient.StartAsync();
        for (var turn = 0; turn < 20; turn++)
        {
            await using var server = await PlainTextWorld.ServeAsync($"interop-{turn}");
            app.Registry.Say(IInteropWorld.Service, server.Endpoint);
            await Eventually.True(() => app.Cluster(IInteropWorld.Service).State.Available is [var only] && only.Endpoint.Port == server.Port);
            for (var i = 0; i < 10; i++)
            {
                using var channel = Channel(app.Services.GetRequiredService<IMesh>());
                await LargeUnaryAsync(new(channel));
            }
            Assert.Equal(1, server.Connections);
        }
    }
}

/// <summary>Two servers of ASP.NET Core without TLS, so that what holds for one holds for calls that are balanced as well.</summary>
public sealed class PlainTextWorld : IInteropWorld, IAsyncLifetime
{
    private readonly List<TestServer> _servers = [];
    private MeshApp _app = null!;

    public string? SkipReason => null;

    public TestService.TestServiceClient Client => _app.Services.GetRequiredService<TestService.TestServiceClient>();

    public IMesh Mesh => _app.Services.GetRequiredService<IMesh>();

    public int InFlight => _app.InFlight(IInteropWorld.Service);

    public async ValueTask InitializeAsync()
    {
        foreach (var name in (string[])["interop-1", "interop-2"])
            _servers.Add(await ServeAsync(name));
        _app = await InteropClient.StartAsync([.. _servers.Select(s => s.Endpoint)]);
    }

    internal static Task<TestServer> ServeAsync(string name) =>
        TestServer.StartAsync(name, protocols: HttpProtocols.Http2, configure: b => b.Services.AddGrpc(), map: app => app.MapGrpcService<InteropService>());

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        foreach (var server in _servers)
            await server.DisposeAsync();
    }
}

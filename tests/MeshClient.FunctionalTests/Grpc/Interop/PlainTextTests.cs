using Grpc.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace MeshClient.FunctionalTests.Grpc.Interop;

/// <summary>The interop cases against ASP.NET Core, in plain text.</summary>
public sealed class PlainTextTests(PlainTextWorld world) : InteropCases(world), IClassFixture<PlainTextWorld>;

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
        {
            _servers.Add(await TestServer.StartAsync(
                name, protocols: HttpProtocols.Http2, configure: b => b.Services.AddGrpc(), map: app => app.MapGrpcService<InteropService>()));
        }
        _app = await InteropClient.StartAsync([.. _servers.Select(s => s.Endpoint)]);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        foreach (var server in _servers)
            await server.DisposeAsync();
    }
}

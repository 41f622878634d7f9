using Grpc.Testing;
using MeshClient.FunctionalTests.Security;
using MeshClient.Identity;
using MeshClient.TestKit.Certificates;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace MeshClient.FunctionalTests.Grpc.Interop;

/// <summary>The interop cases against gRPC's C core in plain text, where this machine has it.</summary>
public sealed class PythonPlainTextTests(PythonPlainTextWorld world) : InteropCases(world), IClassFixture<PythonPlainTextWorld>;

/// <summary>The interop cases against gRPC's C core by mutual TLS, where this machine has it.</summary>
public sealed class PythonMutualTlsTests(PythonMutualTlsWorld world) : InteropCases(world), IClassFixture<PythonMutualTlsWorld>;

/// <summary>The interop cases of load reports against gRPC's C core in plain text, where this machine has it.</summary>
public sealed class PythonPlainTextOrcaTests(PythonPlainTextWorld world) : OrcaCases(world), IClassFixture<PythonPlainTextWorld>;

/// <summary>The interop cases of load reports against gRPC's C core by mutual TLS, where this machine has it.</summary>
public sealed class PythonMutualTlsOrcaTests(PythonMutualTlsWorld world) : OrcaCases(world), IClassFixture<PythonMutualTlsWorld>;

/// <summary>gRPC's C core in plain text.</summary>
public sealed class PythonPlainTextWorld() : PythonWorld(isSecure: false);

/// <summary>gRPC's C core by mutual TLS, with certificates as Consul issues them.</summary>
public sealed class PythonMutualTlsWorld() : PythonWorld(isSecure: true);

/// <summary>A server of gRPC's C core and a caller.</summary>
public abstract class PythonWorld(bool isSecure) : IInteropWorld, IAsyncLifetime
{
    private PythonServer? _server;
    private MeshApp? _app;

    public string? SkipReason { get; private set; }

    public TestService.TestServiceClient Client => _app!.Services.GetRequiredService<TestService.TestServiceClient>();

    public IMesh Mesh => _app!.Services.GetRequiredService<IMesh>();

    public int InFlight => _app!.InFlight(IInteropWorld.Service);

    public async ValueTask InitializeAsync()
    {
        SkipReason = PythonServer.SkipReason();
        if (SkipReason is not null)
            return;
        if (!isSecure)
        {
            _server = await PythonServer.StartAsync();
            _app = await InteropClient.StartAsync(_server.Endpoint);
            return;
        }
        var authority = TestAuthority.Root();
        _server = await PythonServer.StartAsync(authority.Issue(IInteropWorld.Service), authority);
        var settings = new Dictionary<string, string?>
        {
            ["Service:Name"] = "web",
            ["Security:Mode"] = "Strict",
            [$"Upstreams:{IInteropWorld.Service}:Service"] = IInteropWorld.Service,
        };
        _app = await MeshApp.StartAsync(settings, services: services =>
        {
            InteropClient.AddClient(services);
            services.Replace(ServiceDescriptor.Singleton<IIdentitySource>(GivenIdentity.Of(authority.Issue("web"), authority)));
        });
        _app.Registry.Say(IInteropWorld.Service, _server.Endpoint);
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
            await _app.DisposeAsync();
        if (_server is not null)
            await _server.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}

using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Testing;
using MeshClient.FunctionalTests.LoadReports;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Xds.Data.Orca.V3;
using Xds.Service.Orca.V3;

namespace MeshClient.FunctionalTests.Grpc.Interop;

/// <summary>
/// The interop cases of load reports, by their official names. They run against one server: of several, one could be told what to report and another be
/// listened to.
/// </summary>
public abstract class OrcaCases(IInteropWorld world) : WorldCases(world)
{
    private static readonly TestOrcaReport s_perCall = new()
    {
        CpuUtilization = 0.8210,
        MemoryUtilization = 0.5847,
        RequestCost = { ["cost"] = 3456.32 },
        Utilization = { ["util"] = 0.30499 },
    };

    private static readonly TestOrcaReport s_first = new() { CpuUtilization = 0.8210, MemoryUtilization = 0.5847, Utilization = { ["util"] = 0.30499 } };

    private static readonly TestOrcaReport s_second = new() { CpuUtilization = 0.29309, MemoryUtilization = 0.2, Utilization = { ["util"] = 0.2039 } };

    [Fact]
    public async Task orca_per_rpc()
    {
        using var call = World.Client.UnaryCallAsync(new() { OrcaPerQueryReport = s_perCall });

        await call;

        Assert.Equal(s_perCall, Of(ReportingServer.Read(call.GetTrailers())));
    }

    [Fact]
    public async Task orca_oob()
    {
        // The case has 30 s: a server that never says it fails the case, and does not hang it.
        var deadline = DateTime.UtcNow.AddSeconds(30);
        using var channel = GrpcChannel.ForAddress($"http://{IInteropWorld.Service}", World.Mesh.GrpcOptions());
        using var reports = new OpenRcaService.OpenRcaServiceClient(channel).StreamCoreMetrics(new(), deadline: deadline);
        using var call = World.Client.FullDuplexCall(deadline: deadline);

        foreach (var said in (TestOrcaReport[])[s_first, s_second])
        {
            await call.RequestStream.WriteAsync(new() { OrcaOobReport = said, ResponseParameters = { new ResponseParameters { Size = 1 } } });
            Assert.True(await call.ResponseStream.MoveNext());
            do
                Assert.True(await reports.ResponseStream.MoveNext());
            while (!Of(reports.ResponseStream.Current).Equals(said));
        }
        await call.RequestStream.CompleteAsync();
        Assert.False(await call.ResponseStream.MoveNext());
    }

    private static TestOrcaReport Of(OrcaLoadReport report) => new()
    {
        CpuUtilization = report.CpuUtilization,
        MemoryUtilization = report.MemUtilization,
        RequestCost = { report.RequestCost },
        Utilization = { report.Utilization },
    };
}

/// <summary>In plain text.</summary>
public sealed class PlainTextOrcaTests(PlainTextOrcaWorld world) : OrcaCases(world), IClassFixture<PlainTextOrcaWorld>;

/// <summary>By mutual TLS.</summary>
public sealed class MutualTlsOrcaTests(MutualTlsWorld world) : OrcaCases(world), IClassFixture<MutualTlsWorld>;

/// <summary>One server that reports, in plain text.</summary>
public sealed class PlainTextOrcaWorld : IInteropWorld, IAsyncLifetime
{
    private TestServer _server = null!;
    private MeshApp _app = null!;

    public string? SkipReason => null;

    public TestService.TestServiceClient Client => _app.Services.GetRequiredService<TestService.TestServiceClient>();

    public IMesh Mesh => _app.Services.GetRequiredService<IMesh>();

    public int InFlight => _app.InFlight(IInteropWorld.Service);

    public async ValueTask InitializeAsync()
    {
        _server = await MeshServer.StartAsync(
            "interop-1", settings: new() { ["Inbound:LoadReports"] = "true" }, protocols: HttpProtocols.Http2, services: s => s.AddGrpc(),
            map: app => app.MapGrpcService<InteropService>());
        _app = await InteropClient.StartAsync([_server.Endpoint]);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        await _server.DisposeAsync();
    }
}

using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Grpc.Net.Client;
using MeshClient.FunctionalTests.Grpc;
using Microsoft.Extensions.DependencyInjection;
using Xds.Service.Orca.V3;

namespace MeshClient.FunctionalTests.LoadReports;

/// <summary>Reports beside the calls, for clients of any implementation.</summary>
public sealed class StreamTests
{
    [Fact]
    public async Task A_client_streams_reports_until_the_server_stops()
    {
        // As the interop case orca_oob has it.
        await using var server = await ReportingServer.GrpcAsync(new("pricing-1"));
        server.Says(new() { CpuUtilization = 0.8210, MemoryUtilization = 0.5847, Utilization = new Dictionary<string, double> { ["util"] = 0.30499 } });
        await using var app = await GrpcPair.ClientAsync([server]);
        using var channel = GrpcChannel.ForAddress("http://pricing", app.Services.GetRequiredService<IMesh>().GrpcOptions());
        using var call = new OpenRcaService.OpenRcaServiceClient(channel).StreamCoreMetrics(new() { ReportInterval = Duration.FromTimeSpan(TimeSpan.FromMilliseconds(1)) });
        var reports = call.ResponseStream;

        Assert.True(await reports.MoveNext(CancellationToken.None));
        Assert.Equal((0.8210, 0.5847, 0.30499), (reports.Current.CpuUtilization, reports.Current.MemUtilization, reports.Current.Utilization["util"]));

        server.Says(new() { CpuUtilization = 0.29309, MemoryUtilization = 0.2, Utilization = new Dictionary<string, double> { ["util"] = 0.2039 } });
        while (reports.Current.CpuUtilization != 0.29309)
            Assert.True(await reports.MoveNext(CancellationToken.None));
        Assert.Equal((0.2, 0.2039), (reports.Current.MemUtilization, reports.Current.Utilization["util"]));

        var stop = server.StopAsync();
        var error = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            while (await reports.MoveNext(CancellationToken.None)) { }
        });
        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        await stop;
    }

    [Fact]
    public async Task A_server_that_tells_nothing_does_not_know_the_method()
    {
        await using var server = await ReportingServer.GrpcAsync(new("pricing-1"), isOn: false);
        using var channel = GrpcChannel.ForAddress(server.Address);
        using var call = new OpenRcaService.OpenRcaServiceClient(channel).StreamCoreMetrics(new());
        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(CancellationToken.None));
        Assert.Equal(StatusCode.Unimplemented, error.StatusCode);
    }
}

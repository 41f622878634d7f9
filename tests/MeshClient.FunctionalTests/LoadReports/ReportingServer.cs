using Grpc.Core;
using MeshClient.AspNetCore.LoadReports;
using MeshClient.FunctionalTests.Grpc;
using MeshClient.LoadReports;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Xds.Data.Orca.V3;

namespace MeshClient.FunctionalTests.LoadReports;

/// <summary>Servers that call UseMesh() and tell how loaded they are.</summary>
internal static class ReportingServer
{
    public const string Header = "endpoint-load-metrics-bin";

    public static Task<TestServer> HttpAsync(string name, RequestDelegate? handle = null, bool isOn = true, int? limit = null) =>
        TestServer.StartAsync(name, handle, configure: builder => UseMesh(builder, isOn, limit));

    public static Task<TestServer> GrpcAsync(PricingService service, string name = "pricing-1", bool isOn = true) => TestServer.StartAsync(
        name, protocols: HttpProtocols.Http2, configure: builder =>
        {
            UseMesh(builder, isOn);
            builder.Services.AddGrpc();
            builder.Services.AddSingleton(service);
        }, map: app => app.MapGrpcService<PricingService>());

    /// <summary>Says what the application of a server says.</summary>
    public static void Says(this TestServer server, LoadReport report) => server.Services.GetRequiredService<IMeshLoadReporter>().Report(report);

    /// <summary>The report in a header.</summary>
    public static OrcaLoadReport Read(string header) => OrcaLoadReport.Parser.ParseFrom(Convert.FromBase64String(header.PadRight((header.Length + 3) / 4 * 4, '=')));

    /// <summary>The report among the trailers of a call.</summary>
    public static OrcaLoadReport Read(Metadata trailers) => OrcaLoadReport.Parser.ParseFrom(trailers.GetValueBytes(Header));

    private static void UseMesh(WebApplicationBuilder builder, bool isOn, int? limit = null)
    {
        builder.Configuration.AddInMemoryCollection([KeyValuePair.Create("Mesh:Inbound:LoadReports", (string?)isOn.ToString())]);
        if (limit is not null)
            builder.Configuration.AddInMemoryCollection([KeyValuePair.Create("Mesh:Inbound:MaxConcurrentRequests", (string?)limit.ToString())]);
        builder.WebHost.UseMesh();
        builder.Services.AddMesh(m => m.UseRegistry<TestRegistry>());
    }
}

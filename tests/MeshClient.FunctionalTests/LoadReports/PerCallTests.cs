using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using MeshClient.FunctionalTests.Grpc;
using MeshClient.FunctionalTests.Grpc.Shop;
using MeshClient.Http;
using Microsoft.Extensions.DependencyInjection;
using Xds.Data.Orca.V3;

namespace MeshClient.FunctionalTests.LoadReports;

/// <summary>Each answer tells how loaded its server is.</summary>
public sealed class PerCallTests
{
    private static readonly PriceRequest s_tea = new() { Item = "tea" };

    [Fact]
    public async Task A_grpc_answer_tells_it_in_a_trailer_with_what_the_call_cost()
    {
        // As the interop case orca_per_rpc has it.
        var service = new PricingService("pricing-1")
        {
            Before = context =>
            {
                context.GetHttpContext().ReportMeshLoad(new()
                {
                    CpuUtilization = 0.8210,
                    MemoryUtilization = 0.5847,
                    RequestCost = new Dictionary<string, double> { ["cost"] = 3456.32 },
                    Utilization = new Dictionary<string, double> { ["util"] = 0.30499 },
                });
                return Task.CompletedTask;
            },
        };
        await using var server = await ReportingServer.GrpcAsync(service);
        await using var app = await GrpcPair.ClientAsync([server]);
        using var call = Client(app).GetPriceAsync(s_tea);
        await call;

        var report = ReportingServer.Read(call.GetTrailers());

        Assert.Equal((0.8210, 0.5847), (report.CpuUtilization, report.MemUtilization));
        Assert.Equal(3456.32, Assert.Single(report.RequestCost).Value);
        Assert.Equal(0.30499, Assert.Single(report.Utilization).Value);

        service.Before = static _ => Task.CompletedTask;
        using var next = Client(app).GetPriceAsync(s_tea);
        await next;
        Assert.Empty(ReportingServer.Read(next.GetTrailers()).RequestCost);
    }

    [Fact]
    public async Task A_stream_tells_it_at_its_end_and_a_failed_call_as_well()
    {
        var service = new PricingService("pricing-1");
        await using var server = await ReportingServer.GrpcAsync(service);
        server.Says(new() { ApplicationUtilization = 0.75 });
        await using var app = await GrpcPair.ClientAsync([server]);
        using var watch = Client(app).Watch(s_tea);
        await foreach (var _ in watch.ResponseStream.ReadAllAsync()) { }
        Assert.Equal(0.75, ReportingServer.Read(watch.GetTrailers()).ApplicationUtilization);

        service.Before = static _ => throw new RpcException(new(StatusCode.NotFound, ""));
        var error = await Assert.ThrowsAsync<RpcException>(() => Client(app).GetPriceAsync(s_tea).ResponseAsync);
        Assert.Equal(0.75, ReportingServer.Read(error.Trailers).ApplicationUtilization);
    }

    [Fact]
    public async Task A_call_that_grpcs_own_server_ends_at_its_deadline_tells_it_as_well()
    {
        var service = new PricingService("pricing-1") { Before = static c => Task.Delay(Timeout.InfiniteTimeSpan, c.CancellationToken) };
        await using var server = await ReportingServer.GrpcAsync(service);
        server.Says(new() { ApplicationUtilization = 0.75 });
        using var channel = GrpcChannel.ForAddress(server.Address);
        var client = new Pricing.PricingClient(channel);
        // The client knows of no deadline: its end is the server's doing.
        var headers = new Metadata { { MeshHeaders.Timeout, "200m" } };

        var unary = await Assert.ThrowsAsync<RpcException>(() => client.GetPriceAsync(s_tea, headers).ResponseAsync);
        using var watch = client.Watch(s_tea, headers);
        var stream = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            await foreach (var _ in watch.ResponseStream.ReadAllAsync()) { }
        });

        foreach (var error in (RpcException[])[unary, stream])
        {
            Assert.Equal(StatusCode.DeadlineExceeded, error.StatusCode);
            Assert.Equal(0.75, ReportingServer.Read(error.Trailers).ApplicationUtilization);
        }
    }

    [Fact]
    public async Task An_http_answer_tells_it_in_a_header_with_what_the_request_cost()
    {
        await using var server = await ReportingServer.HttpAsync("a", context =>
        {
            context.ReportMeshLoad(new() { RequestCost = new Dictionary<string, double> { ["rows"] = 12 } });
            return context.Response.WriteAsync("a");
        });
        server.Says(new() { ApplicationUtilization = 0.5, RequestsPerSecond = 20 });
        using var client = new HttpClient();

        using var response = await client.GetAsync(server.Address);

        var report = ReportingServer.Read(Assert.Single(response.Headers.GetValues(ReportingServer.Header)));
        Assert.Equal((0.5, 20, 12), (report.ApplicationUtilization, report.RpsFractional, report.RequestCost["rows"]));
        Assert.Equal(1, report.NamedMetrics.Keys.Count(k => k == "requests_in_flight"));
    }

    [Fact]
    public async Task What_the_application_hands_on_from_below_is_replaced()
    {
        var below = new OrcaLoadReport { ApplicationUtilization = 0.25 };
        var service = new PricingService("pricing-1")
        {
            Before = context =>
            {
                context.ResponseTrailers.Add(ReportingServer.Header, below.ToByteArray());
                return Task.CompletedTask;
            },
        };
        await using var server = await ReportingServer.GrpcAsync(service);
        using var channel = GrpcChannel.ForAddress(server.Address);
        using var call = new Pricing.PricingClient(channel).GetPriceAsync(s_tea);
        await call;
        Assert.NotEqual(below, OrcaLoadReport.Parser.ParseFrom(Assert.Single(call.GetTrailers().GetAll(ReportingServer.Header)).ValueBytes));

        await using var http = await ReportingServer.HttpAsync("a", context =>
        {
            context.Response.Headers[ReportingServer.Header] = Convert.ToBase64String(below.ToByteArray());
            return context.Response.WriteAsync("a");
        });
        using var client = new HttpClient();
        using var response = await client.GetAsync(http.Address);
        Assert.NotEqual(below, ReportingServer.Read(Assert.Single(response.Headers.GetValues(ReportingServer.Header))));
    }

    [Fact]
    public async Task What_the_server_refuses_is_no_work_to_report()
    {
        var (began, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var server = await ReportingServer.HttpAsync("a", async context =>
        {
            began.SetResult();
            await release.Task;
            await context.Response.WriteAsync("a");
        }, limit: 1);
        using var client = new HttpClient();
        var served = client.GetAsync(server.Address);
        await began.Task;

        using var refused = await client.GetAsync(server.Address);
        release.SetResult();
        using var answer = await served;

        Assert.Equal((429, false), ((int)refused.StatusCode, refused.Headers.Contains(ReportingServer.Header)));
        Assert.True(ReportingServer.Read(Assert.Single(answer.Headers.GetValues(ReportingServer.Header))).Utilization.ContainsKey("requests_in_flight"));
    }

    [Fact]
    public async Task A_server_that_was_not_asked_to_tells_nothing()
    {
        await using var http = await ReportingServer.HttpAsync("a", isOn: false);
        using var client = new HttpClient();
        using var response = await client.GetAsync(http.Address);
        Assert.False(response.Headers.Contains(ReportingServer.Header));

        await using var grpc = await ReportingServer.GrpcAsync(new("pricing-1"), isOn: false);
        await using var app = await GrpcPair.ClientAsync([grpc]);
        using var call = Client(app).GetPriceAsync(s_tea);
        await call;
        Assert.Null(call.GetTrailers().Get(ReportingServer.Header));
    }

    private static Pricing.PricingClient Client(MeshApp app) => app.Services.GetRequiredService<Pricing.PricingClient>();
}

using MeshClient.Balancing.Pickers;
using MeshClient.FunctionalTests.Grpc;
using MeshClient.FunctionalTests.Grpc.Shop;
using Microsoft.Extensions.DependencyInjection;

namespace MeshClient.FunctionalTests.LoadReports;

/// <summary>Servers get calls by the load that they report, over real connections.</summary>
public sealed class ShareTests
{
    private const int Calls = 400;

    [Fact]
    public async Task Http_calls_go_by_it()
    {
        await using var a = await ReportingServer.HttpAsync("a");
        await using var b = await ReportingServer.HttpAsync("b");
        a.Says(new() { ApplicationUtilization = 0.9, RequestsPerSecond = 10 });
        b.Says(new() { ApplicationUtilization = 0.3, RequestsPerSecond = 10 });
        await using var app = await MeshApp.ConfiguredAsync(Settings("catalog"), a, b);
        var client = app.Client();
        await UntilReportedAsync(app, "catalog", () => client.GetStringAsync("http://catalog/"));

        var before = a.Requests.Count;
        for (var i = 0; i < Calls; i++)
            await client.GetStringAsync("http://catalog/");

        Assert.Equal(0.25, (a.Requests.Count - before) / (double)Calls, 0.02);
    }

    [Fact]
    public async Task Grpc_calls_go_by_it()
    {
        PricingService[] services = [new("pricing-1"), new("pricing-2")];
        await using var a = await ReportingServer.GrpcAsync(services[0]);
        await using var b = await ReportingServer.GrpcAsync(services[1], "pricing-2");
        a.Says(new() { CpuUtilization = 0.9, RequestsPerSecond = 10 });
        b.Says(new() { CpuUtilization = 0.3, RequestsPerSecond = 10 });
        await using var app = await GrpcPair.ClientAsync([a, b], [.. Settings("pricing").Select(s => (s.Key, s.Value))]);
        await UntilReportedAsync(app, "pricing", async () => await Client(app).GetPriceAsync(new() { Item = "tea" }));

        var before = services[0].Calls.Count;
        for (var i = 0; i < Calls; i++)
            await Client(app).GetPriceAsync(new() { Item = "tea" });

        Assert.Equal(0.25, (services[0].Calls.Count - before) / (double)Calls, 0.02);
    }

    [Fact]
    public async Task Reports_beside_the_calls_come_without_any()
    {
        PricingService[] services = [new("pricing-1"), new("pricing-2")];
        await using var a = await ReportingServer.GrpcAsync(services[0]);
        await using var b = await ReportingServer.GrpcAsync(services[1], "pricing-2");
        a.Says(new() { CpuUtilization = 0.9, RequestsPerSecond = 10 });
        b.Says(new() { CpuUtilization = 0.3, RequestsPerSecond = 10 });
        var settings = Settings("pricing");
        settings["Upstreams:pricing:Balancing:WeightedRoundRobin:OutOfBandPeriod"] = "00:00:01";
        await using var app = await GrpcPair.ClientAsync([a, b], [.. settings.Select(s => (s.Key, s.Value))]);

        await Eventually.True(() => app.Cluster("pricing").State.Picker is WeightedRoundRobinPicker { Reported: 2 });

        Assert.All(services, s => Assert.Empty(s.Calls));
        for (var i = 0; i < Calls; i++)
            await Client(app).GetPriceAsync(new() { Item = "tea" });
        Assert.Equal(0.25, services[0].Calls.Count / (double)Calls, 0.02);
        Assert.Equal(0, app.InFlight("pricing"));
    }

    private static Dictionary<string, string?> Settings(string name) => new()
    {
        [$"Upstreams:{name}:Service"] = name,
        [$"Upstreams:{name}:LoadBalancing"] = "WeightedRoundRobin",
        [$"Upstreams:{name}:Balancing:WeightedRoundRobin:BlackoutPeriod"] = "00:00:00",
        [$"Upstreams:{name}:Balancing:WeightedRoundRobin:UpdatePeriod"] = "00:00:00.100",
    };

    private static async Task UntilReportedAsync(MeshApp app, string name, Func<Task> call)
    {
        for (var i = 0; i < 4; i++)
            await call();
        await Eventually.True(() => app.Cluster(name).State.Picker is WeightedRoundRobinPicker { Reported: 2 });
    }

    private static Pricing.PricingClient Client(MeshApp app) => app.Services.GetRequiredService<Pricing.PricingClient>();
}

using System.Diagnostics;
using System.Diagnostics.Metrics;
using MeshClient.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace MeshClient.FunctionalTests.Telemetry;

/// <summary>The application's OpenTelemetry and the mesh's signals. Listeners are the process's, so these run by themselves.</summary>
[Collection(nameof(AloneOnTheMachine))]
public sealed class OpenTelemetryTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_application_that_does_not_mention_the_mesh_exports_its_measurements(bool before)
    {
        await using var server = await TestServer.StartAsync("a");
        var exported = new List<MetricSnapshot>();
        void Add(IServiceCollection services) => services.AddOpenTelemetry().WithMetrics(metrics => metrics.AddInMemoryExporter(exported));
        await using var app = await MeshApp.StartAsync(before: before ? Add : null, services: before ? null : Add);
        app.Registry.Say("catalog", server.Endpoint);
        Assert.Equal("a", await app.Client().GetStringAsync("http://catalog/", TestContext.Current.CancellationToken));

        app.Services.GetRequiredService<MeterProvider>().ForceFlush();

        var endpoints = Points(exported, "mesh.endpoints");
        Assert.Equal(
            ["mesh.endpoint.state=active,mesh.service=catalog 1", "mesh.endpoint.state=ejected,mesh.service=catalog 0",
             "mesh.endpoint.state=not_serving,mesh.service=catalog 0", "mesh.endpoint.state=probation,mesh.service=catalog 0", "mesh.endpoint.state=unusable,mesh.service=catalog 0"],
            endpoints);
        Assert.Equal(["mesh.discovery.service=catalog,mesh.discovery.update.type=snapshot 1"], Points(exported, "mesh.discovery.updates"));
    }

    [Fact]
    public async Task An_application_that_names_the_mesh_as_well_exports_each_measurement_once()
    {
        var exported = new List<MetricSnapshot>();
        await using var app = await MeshApp.StartAsync(services: services => services.AddOpenTelemetry()
            .WithMetrics(metrics => metrics.AddMeter(MeshTelemetry.Name).AddInMemoryExporter(exported)));
        app.Registry.Say("catalog", new Endpoint { InstanceId = "a", Host = "127.0.0.1", Port = 9 });
        await Eventually.True(() => app.Cluster().IsKnown);

        app.Services.GetRequiredService<MeterProvider>().ForceFlush();

        Assert.Single(exported, m => m.Name == "mesh.discovery.updates");
        Assert.Equal(["mesh.discovery.service=catalog,mesh.discovery.update.type=snapshot 1"], Points(exported, "mesh.discovery.updates"));
    }

    [Fact]
    public async Task An_application_that_does_not_mention_the_mesh_exports_its_spans()
    {
        var exported = new List<Activity>();
        await using var app = await MeshApp.StartAsync(
            services: services => services.AddOpenTelemetry().WithTracing(traces => traces.AddInMemoryExporter(exported)));
        using var source = new ActivitySource(MeshTelemetry.Name);
        using var stranger = new ActivitySource("Stranger");

        using (var none = stranger.StartActivity("none"))
            Assert.Null(none);
        source.StartActivity("call")?.Dispose();
        app.Services.GetRequiredService<TracerProvider>().ForceFlush();

        Assert.Equal("call", Assert.Single(exported).OperationName);
    }

    [Fact]
    public async Task An_application_without_OpenTelemetry_has_no_listener()
    {
        await using var server = await TestServer.StartAsync("a");
        await using var app = await MeshApp.OfCatalogAsync(server);
        await app.Client().GetStringAsync("http://catalog/", TestContext.Current.CancellationToken);
        var meters = app.Services.GetRequiredService<IMeterFactory>();
        var instruments = new List<Instrument>();
        using var looks = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (ReferenceEquals(instrument.Meter.Scope, meters) && instrument.Meter.Name == MeshTelemetry.Name)
                    instruments.Add(instrument);
            },
        };
        looks.Start();
        using var source = new ActivitySource(MeshTelemetry.Name);

        Assert.NotEmpty(instruments);
        Assert.All(instruments, i => Assert.False(i.Enabled, i.Name));
        Assert.False(source.HasListeners());
        Assert.Null(app.Services.GetService<MeterProvider>());
        Assert.Null(app.Services.GetService<TracerProvider>());
    }

    private static List<string> Points(IEnumerable<MetricSnapshot> exported, string name)
    {
        var points = new List<string>();
        foreach (var point in exported.Last(m => m.Name == name).MetricPoints)
        {
            var tags = new SortedDictionary<string, object?>(StringComparer.Ordinal);
            foreach (var tag in point.Tags)
                tags.Add(tag.Key, tag.Value);
            points.Add($"{string.Join(',', tags.Select(t => $"{t.Key}={t.Value}"))} {point.GetSumLong()}");
        }
        points.Sort(StringComparer.Ordinal);
        return points;
    }
}

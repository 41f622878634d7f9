using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;

namespace MeshClient.FunctionalTests.Telemetry;

/// <summary>What .NET's own instruments say of a call: one measurement an attempt, under the logical name. They listen to the whole process.</summary>
[Collection(nameof(AloneOnTheMachine))]
public sealed class DotNetMetricsTests : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentQueue<(Instrument Instrument, Dictionary<string, object?> Tags)> _seen = new();

    public DotNetMetricsTests()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == "System.Net.Http")
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Keep(instrument, tags));
        _listener.SetMeasurementEventCallback<long>((instrument, _, tags, _) => Keep(instrument, tags));
        _listener.Start();
    }

    [Fact]
    public async Task A_call_of_one_attempt_is_one_measurement_under_the_logical_name()
    {
        await using var server = await TestServer.StartAsync("a");
        await using var app = await MeshApp.OfCatalogAsync(server);
        await app.Client().GetStringAsync("http://catalog/", TestContext.Current.CancellationToken);

        var (instrument, tags) = Assert.Single(Of("http.client.request.duration"));
        Assert.Equal(("catalog", 80, "http", 200), (tags["server.address"], tags["server.port"], tags["url.scheme"], tags["http.response.status_code"]));
        // Where the measurements of the factory's other clients are, so that one listener gets both.
        Assert.Same(app.Services.GetRequiredService<IMeterFactory>(), instrument.Meter.Scope);
    }

    [Fact]
    public async Task Each_attempt_of_a_call_is_one_measurement()
    {
        var requests = 0;
        Task Handle(HttpContext context)
        {
            context.Response.StatusCode = Interlocked.Increment(ref requests) == 1 ? 503 : 200;
            return Task.CompletedTask;
        }
        await using var a = await TestServer.StartAsync("a", Handle);
        await using var b = await TestServer.StartAsync("b", Handle);
        await using var app = await MeshApp.OfCatalogAsync(a, b);

        (await app.Client().GetAsync("http://catalog/", TestContext.Current.CancellationToken)).EnsureSuccessStatusCode();

        var measured = Of("http.client.request.duration").ToArray();
        Assert.Equal([503, 200], measured.Select(m => m.Tags["http.response.status_code"]));
        Assert.All(measured, m => Assert.Equal("catalog", m.Tags["server.address"]));
    }

    [Fact]
    public async Task Connections_name_the_instance_as_their_peer()
    {
        await using var server = await TestServer.StartAsync("a");
        await using var app = await MeshApp.OfCatalogAsync(server);
        await app.Client().GetStringAsync("http://catalog/", TestContext.Current.CancellationToken);

        var connections = Of("http.client.open_connections").ToArray();
        Assert.NotEmpty(connections);
        Assert.All(connections, m => Assert.Equal("127.0.0.1", m.Tags["network.peer.address"]));
    }

    public void Dispose() => _listener.Dispose();

    // By the name, since connections of tests before may still be closing.
    private IEnumerable<(Instrument Instrument, Dictionary<string, object?> Tags)> Of(string name) =>
        _seen.Where(m => m.Instrument.Name == name && Equals(m.Tags["server.address"], "catalog"));

    private void Keep(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        _seen.Enqueue((instrument, tags.ToArray().ToDictionary(t => t.Key, t => t.Value)));
}

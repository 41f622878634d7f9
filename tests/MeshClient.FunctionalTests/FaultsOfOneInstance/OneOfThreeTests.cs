using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;

namespace MeshClient.FunctionalTests.FaultsOfOneInstance;

/// <summary>Three instances in processes of their own, under load, and one of them goes bad: no call fails, and the bad one is soon left alone.</summary>
[Collection(nameof(AloneOnTheMachine))]
public sealed class OneOfThreeTests : IAsyncLifetime
{
    private const int Calls = 300;
    private const int GoesBadAt = 100;
    private const int IsKnownAt = 200;

    private readonly List<TestProcess> _instances = [];
    private readonly MeterListener _listener = new();
    private MeshApp _app = null!;
    private Load _load = null!;
    private int _retries;

    public async ValueTask InitializeAsync()
    {
        foreach (var started in await Task.WhenAll(TestProcess.StartAsync("a"), TestProcess.StartAsync("b"), TestProcess.StartAsync("c")))
            _instances.Add(started);
        _app = await MeshApp.StartAsync();
        _app.Registry.Say("catalog", _instances.Select(i => i.Endpoint));
        _load = new Load(_app.Client());
        var meters = _app.Services.GetRequiredService<IMeterFactory>();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == "mesh.retries" && ReferenceEquals(instrument.Meter.Scope, meters))
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((_, count, _, _) => Interlocked.Add(ref _retries, (int)count));
        _listener.Start();
    }

    [Fact]
    public async Task Killed_it_fails_no_call_and_costs_few_retries()
    {
        var retriesOnceKnown = await RunAsync(() =>
        {
            _instances[0].Kill();
            return Task.CompletedTask;
        });

        Assert.Equal(0, From("a", IsKnownAt));
        // Each attempt that still went there shows as a retry: far fewer than its share of the calls, however busy the machine is.
        Assert.InRange(retriesOnceKnown, 0, (Calls - IsKnownAt) / 6);
    }

    [Fact]
    public async Task Answering_503_at_once_it_fails_no_call_and_attracts_none()
    {
        var retriesOnceKnown = await RunAsync(() => _instances[0].SetModeAsync("503"));

        Assert.Equal(0, From("a", IsKnownAt));
        Assert.InRange(retriesOnceKnown, 0, (Calls - IsKnownAt) / 6);
    }

    [Fact]
    public async Task Slow_it_fails_no_call_and_is_avoided()
    {
        await RunAsync(() => _instances[0].SetModeAsync("slow"));

        // How little it gets is shown in virtual time (Balancing/Simulation): here the good ones are as slow, now and then, as the machine makes them.
        Assert.True(From("a", IsKnownAt) < Math.Max(From("b", IsKnownAt), From("c", IsKnownAt)));
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _app.DisposeAsync();
        foreach (var instance in _instances)
            await instance.DisposeAsync();
    }

    /// <summary>Runs the load with an instance that goes bad on its way.</summary>
    /// <returns>The retries once it is known.</returns>
    private async Task<int> RunAsync(Func<Task> goBad)
    {
        var bad = Task.CompletedTask;
        var retriesBefore = 0;
        await _load.RunAsync(Calls, call =>
        {
            if (call == GoesBadAt)
                bad = goBad();
            else if (call == IsKnownAt)
                retriesBefore = Volatile.Read(ref _retries);
        });
        await bad;

        Assert.Equal(Calls, _load.Results.Count);
        Assert.DoesNotContain(_load.Results, r => !r.IsGood);
        Assert.NotEqual(0, From("a", 0));
        return _retries - retriesBefore;
    }

    private int From(string instance, int call) => _load.Results.Count(r => r.Call >= call && r.Result == instance);
}

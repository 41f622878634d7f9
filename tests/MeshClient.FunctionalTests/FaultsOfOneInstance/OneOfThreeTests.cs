namespace MeshClient.FunctionalTests.FaultsOfOneInstance;

/// <summary>Three instances in processes of their own, under load, and one of them goes bad: no call fails, and the bad one is soon left alone.</summary>
[Collection(nameof(AloneOnTheMachine))]
public sealed class OneOfThreeTests : IAsyncLifetime
{
    private const int Calls = 300;
    private const int GoesBadAt = 100;
    private const int IsKnownAt = 200;

    private readonly List<TestProcess> _instances = [];
    private MeshApp _app = null!;
    private Load _load = null!;

    public async ValueTask InitializeAsync()
    {
        foreach (var started in await Task.WhenAll(TestProcess.StartAsync("a"), TestProcess.StartAsync("b"), TestProcess.StartAsync("c")))
            _instances.Add(started);
        _app = await MeshApp.StartAsync();
        _app.Registry.Say("catalog", _instances.Select(i => i.Endpoint));
        _load = new Load(_app.Client());
    }

    [Fact]
    public async Task Killed_it_fails_no_call_and_is_hardly_tried()
    {
        await RunAsync(() =>
        {
            _instances[0].Kill();
            return Task.CompletedTask;
        });

        AssertHardlyTried();
    }

    [Fact]
    public async Task Answering_503_at_once_it_fails_no_call_and_attracts_none()
    {
        await RunAsync(() => _instances[0].SetModeAsync("503"));

        AssertHardlyTried();
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
        await _app.DisposeAsync();
        foreach (var instance in _instances)
            await instance.DisposeAsync();
    }

    private void AssertHardlyTried()
    {
        Assert.Equal(0, From("a", IsKnownAt));
        // A third of the calls is its share.
        Assert.InRange(_load.Results.Count(r => r.Call >= IsKnownAt && r.SentTo.Contains("a")), 0, (Calls - IsKnownAt) / 20);
    }

    /// <summary>Runs the load with an instance that goes bad on its way.</summary>
    private async Task RunAsync(Func<Task> goBad)
    {
        var bad = Task.CompletedTask;
        await _load.RunAsync(Calls, call =>
        {
            if (call == GoesBadAt)
                bad = goBad();
        });
        await bad;

        Assert.Equal(Calls, _load.Results.Count);
        Assert.DoesNotContain(_load.Results, r => !r.IsGood);
        Assert.NotEqual(0, From("a", 0));
    }

    private int From(string instance, int call) => _load.Results.Count(r => r.Call >= call && r.Result == instance);
}

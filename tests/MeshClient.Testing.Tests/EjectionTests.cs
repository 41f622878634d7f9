using MeshClient.Testing.Tests.Kit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace MeshClient.Testing.Tests;

public sealed class EjectionTests
{
    [Fact]
    public async Task An_instance_that_fails_is_ejected_and_comes_back_when_its_time_is_over()
    {
        // Without retries no call waits, so that a clock which is only moved by hand is enough. AddMesh takes it from the container.
        var time = new FakeTimeProvider();
        var mesh = new TestMesh();
        var catalog = mesh.Service("catalog");
        var (bad, good) = (catalog.AddInstance(), catalog.AddInstance());
        await using var client = new Client(
            mesh, services => services.AddSingleton<TimeProvider>(time), ("Mesh:Upstreams:catalog:Retry:MaxAttempts", "1"));

        bad.Inject(Fault.Status(503));
        await client.GetAsync(10);
        Assert.Equal(5, bad.CallCount);
        await client.GetAsync(10);
        Assert.Equal(5, bad.CallCount);
        Assert.Equal(15, good.CallCount);

        bad.Heal();
        time.Advance(TimeSpan.FromSeconds(29));
        await client.GetAsync(10);
        Assert.Equal(5, bad.CallCount);
        // The ejection's 30 s and at most a tenth of them at random.
        time.Advance(TimeSpan.FromSeconds(5));
        await client.GetAsync(10);
        Assert.True(bad.CallCount > 5);
    }

    [Fact]
    public async Task The_same_seed_gives_the_same_choices()
    {
        var choices = new List<string>();
        foreach (var seed in (ulong[])[7, 7, 8])
        {
            var mesh = new TestMesh { Seed = seed };
            foreach (var _ in Enumerable.Range(0, 4))
                mesh.Service("catalog").AddInstance();
            await using var client = new Client(mesh, null, ("Mesh:Upstreams:catalog:LoadBalancing", "Random"));
            await client.GetAsync(32);
            choices.Add(string.Join(' ', mesh.Calls.Select(c => c.Instance.Id)));
        }
        Assert.Equal(choices[0], choices[1]);
        Assert.NotEqual(choices[0], choices[2]);
    }
}

namespace MeshClient.FunctionalTests.Grpc.Interop;

/// <summary>Cases that run where there is such a server. However one ends, none of its calls holds a place on its endpoint.</summary>
public abstract class WorldCases(IInteropWorld world) : IAsyncLifetime
{
    protected IInteropWorld World => world;

    public ValueTask InitializeAsync()
    {
        Assert.SkipWhen(world.SkipReason is not null, world.SkipReason ?? "");
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        if (world.SkipReason is null)
            await Eventually.True(() => world.InFlight == 0);
        GC.SuppressFinalize(this);
    }
}

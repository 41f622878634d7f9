namespace MeshClient.Consul.Registration;

/// <summary>Waits for the calls that a stopping instance still has, and for those of callers who have not heard yet that it left.</summary>
internal interface IDrain
{
    /// <summary>The instance is about to leave the registry: callers are told from now on, before they can hear it from there.</summary>
    void Begin();

    /// <summary>Returns when the calls are done or <paramref name="limit"/> is over.</summary>
    Task DrainAsync(TimeSpan limit, CancellationToken cancellationToken);
}

/// <summary>A program without a server has no calls to wait for.</summary>
internal sealed class NoDrain : IDrain
{
    public void Begin()
    {
    }

    public Task DrainAsync(TimeSpan limit, CancellationToken cancellationToken) => Task.CompletedTask;
}

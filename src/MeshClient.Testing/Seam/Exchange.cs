namespace MeshClient.Testing.Seam;

/// <summary>One request on its way to an instance, as faults see it.</summary>
internal sealed class Exchange : IDisposable
{
    private readonly VirtualTime? _clock;

    public Exchange(HttpRequestMessage request, TestInstance instance, TimeProvider time, CancellationToken cancellationToken)
    {
        (Request, Instance, Time, CancellationToken) = (request, instance, time, cancellationToken);
        _clock = time as VirtualTime;
        _clock?.Hold();
    }

    public HttpRequestMessage Request { get; }

    public TestInstance Instance { get; }

    public TimeProvider Time { get; }

    public CancellationToken CancellationToken { get; }

    /// <summary>Waits on the host's clock, which goes on meanwhile.</summary>
    public async Task WaitAsync(TimeSpan time)
    {
        _clock?.Release();
        try
        {
            await Task.Delay(time, Time, CancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _clock?.Hold();
        }
    }

    public void Dispose() => _clock?.Release();
}

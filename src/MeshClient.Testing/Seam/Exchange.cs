namespace MeshClient.Testing.Seam;

/// <summary>One request on its way to an instance, as faults see it.</summary>
internal sealed class Exchange : IDisposable
{
    private readonly WorkInProgress? _work;
    private IDisposable? _current;

    public Exchange(HttpRequestMessage request, TestInstance instance, TimeProvider time, CancellationToken cancellationToken)
    {
        (Request, Instance, Time, CancellationToken) = (request, instance, time, cancellationToken);
        _work = (time as VirtualTime)?.Work;
        _current = _work?.Begin(instance);
    }

    public HttpRequestMessage Request { get; }

    public TestInstance Instance { get; }

    public TimeProvider Time { get; }

    public CancellationToken CancellationToken { get; }

    /// <summary>Waits on the host's clock, which goes on meanwhile.</summary>
    public async Task WaitAsync(TimeSpan time)
    {
        _current?.Dispose();
        // Who called this instance, from within another's handler, waits as well.
        var endless = time == Timeout.InfiniteTimeSpan ? _work?.BeginEndlessWait() : null;
        try
        {
            await Task.Delay(time, Time, CancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _current = _work?.Begin(Instance);
            endless?.Dispose();
        }
    }

    public void Dispose() => _current?.Dispose();
}

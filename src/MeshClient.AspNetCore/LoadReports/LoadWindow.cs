namespace MeshClient.AspNetCore.LoadReports;

/// <summary>The counts of the last ten samples, so that rates are of ten seconds: what one second holds is mostly chance where calls are few. Not thread-safe.</summary>
internal sealed class LoadWindow
{
    /// <summary>How many samples it spans.</summary>
    public const int Samples = 10;

    private readonly Queue<LoadCounts> _samples = new(Samples + 1);

    /// <summary>Takes a sample.</summary>
    /// <returns>What has come since the oldest that it still holds; nothing at the first.</returns>
    public LoadCounts Add(LoadCounts sample)
    {
        var oldest = _samples.TryPeek(out var first) ? first : sample;
        if (_samples.Count == Samples)
            _samples.Dequeue();
        _samples.Enqueue(sample);
        return new(sample.At - oldest.At, sample.Cpu - oldest.Cpu, sample.Requests - oldest.Requests, sample.Errors - oldest.Errors);
    }
}

/// <summary>Counts at a moment, or the differences of two.</summary>
/// <param name="At">The time.</param>
/// <param name="Cpu">The time used on all processors.</param>
/// <param name="Requests">The requests answered.</param>
/// <param name="Errors">Those of them that failed by the server's fault.</param>
internal readonly record struct LoadCounts(TimeSpan At, TimeSpan Cpu, long Requests, long Errors);

using MeshClient.AspNetCore.Inbound;
using MeshClient.LoadReports;
using MeshClient.Primitives;

namespace MeshClient.AspNetCore.LoadReports;

/// <summary>Measures the load of this server once a second and keeps it as it goes over the wire, so that a request pays for the reading of one reference.</summary>
internal sealed class LoadSampler : IMeshLoadReporter, IDisposable
{
    /// <summary>The time between two samples.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    /// <summary>What is sent under names, beside the fields of their own.</summary>
    public const string InFlight = "requests_in_flight", ThreadPoolQueue = "thread_pool_queue";

    private readonly Lock _turn = new();
    private readonly LoadWindow _window = new();
    private readonly InboundRequests _requests;
    private readonly IProcessMeter _process;
    private readonly TimeProvider _time;
    private readonly int? _limit;
    private readonly ITimer _timer;
    private LoadReport _measured = new();
    private LoadReport? _told;
    private LoadSample _current = LoadSample.Of(new());
    private long _answered;
    private long _failed;

    /// <summary>Begins to measure.</summary>
    /// <param name="requests">The requests in flight.</param>
    /// <param name="process">What the process uses.</param>
    /// <param name="time">The clock.</param>
    /// <param name="limit">How many requests may be in flight; null = any number.</param>
    public LoadSampler(InboundRequests requests, IProcessMeter process, TimeProvider time, int? limit = null)
    {
        _requests = requests;
        _process = process;
        _time = time;
        _limit = limit;
        Sample();
        _timer = time.CreateDetachedTimer(static state => ((LoadSampler)state!).Sample(), this);
        _timer.Change(Period, Period);
    }

    /// <summary>The last sample.</summary>
    public LoadSample Current => Volatile.Read(ref _current);

    /// <summary>Counts a request.</summary>
    /// <param name="isError">Whether it failed by the server's fault.</param>
    public void Answered(bool isError)
    {
        Interlocked.Increment(ref _answered);
        if (isError)
            Interlocked.Increment(ref _failed);
    }

    public void Report(LoadReport? report)
    {
        if (report is not null)
            LoadReportLimit.Check(report, nameof(report));
        lock (_turn)
        {
            _told = report;
            Publish();
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Sample()
    {
        lock (_turn)
        {
            var inFlight = _requests.InFlight;
            var past = _window.Add(new(_time.Now(), _process.CpuTime, Volatile.Read(ref _answered), Volatile.Read(ref _failed)));
            var seconds = past.At.TotalSeconds;
            _measured = new()
            {
                CpuUtilization = seconds > 0 ? Math.Max(0, past.Cpu.TotalSeconds / seconds / _process.Processors) : 0,
                MemoryUtilization = _process.Memory,
                RequestsPerSecond = seconds > 0 ? past.Requests / seconds : 0,
                ErrorsPerSecond = seconds > 0 ? past.Errors / seconds : 0,
                // Over the limit stand those that are just being refused.
                Utilization = _limit is { } limit ? new() { [InFlight] = Math.Min(1, (double)inFlight / limit) } : new Dictionary<string, double>(),
                NamedMetrics = new Dictionary<string, double>
                {
                    [InFlight] = inFlight,
                    [ThreadPoolQueue] = _process.ThreadPoolQueue,
                },
            };
            Publish();
        }
    }

    private void Publish() => Volatile.Write(ref _current, LoadSample.Of(_told is null ? _measured : _told.Over(_measured)));
}

/// <summary>A report as it goes over the wire. Immutable.</summary>
/// <param name="Report">The report.</param>
/// <param name="Message">The report as a message of gRPC.</param>
/// <param name="Header">The report as the text of a header or trailer.</param>
internal sealed record LoadSample(LoadReport Report, ReadOnlyMemory<byte> Message, string Header)
{
    public static LoadSample Of(LoadReport report)
    {
        var message = LoadReportWriter.Message(report);
        return new(report, message, LoadReportWriter.Header(message));
    }
}

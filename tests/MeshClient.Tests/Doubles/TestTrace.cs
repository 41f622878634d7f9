using System.Diagnostics;
using MeshClient.Telemetry;

namespace MeshClient.Tests.Doubles;

/// <summary>The trace of one test: the activity that its calls are made in, and the mesh's spans below it, apart from those of tests beside it.</summary>
internal sealed class TestTrace : IDisposable
{
    private readonly List<Activity> _ended = [];
    private readonly ActivityListener? _listener;

    /// <param name="sampling">What is sampled; null = nobody listens.</param>
    public TestTrace(ActivitySamplingResult? sampling = ActivitySamplingResult.AllDataAndRecorded)
    {
        Root = new Activity("test").SetIdFormat(ActivityIdFormat.W3C).Start();
        if (sampling is not { } result)
            return;
        _listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == MeshTelemetry.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> span) => span.TraceId == Root.TraceId ? result : ActivitySamplingResult.None,
            ActivityStopped = Keep,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public Activity Root { get; }

    /// <summary>The spans in the order of their ends.</summary>
    public Activity[] Ended
    {
        get
        {
            lock (_ended)
                return [.. _ended];
        }
    }

    /// <summary>The spans of calls.</summary>
    public Activity[] Calls => [.. Ended.Where(a => a.ParentSpanId == Root.SpanId)];

    /// <summary>The spans of a call's attempts, in the order of their beginnings.</summary>
    public Activity[] AttemptsOf(Activity call) => [.. Ended.Where(a => a.ParentSpanId == call.SpanId).OrderBy(a => a.GetTagItem("http.request.resend_count") ?? 0)];

    /// <summary>A span in one line: name, status and attributes, in the order of their names.</summary>
    public static string Text(Activity span) =>
        $"{span.DisplayName} {span.Status}: {string.Join(", ", span.TagObjects.OrderBy(t => t.Key, StringComparer.Ordinal).Select(t => $"{t.Key}={t.Value}"))}";

    public void Dispose()
    {
        _listener?.Dispose();
        Root.Dispose();
    }

    private void Keep(Activity span)
    {
        if (span.TraceId != Root.TraceId)
            return;
        lock (_ended)
            _ended.Add(span);
    }
}

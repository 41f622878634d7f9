namespace MeshClient.Primitives;

/// <summary>Timers that outlive the call that makes them: they carry none of its ambient values, such as its activity, along.</summary>
internal static class DetachedTimer
{
    /// <summary>A timer at rest, outside of the caller's execution context.</summary>
    public static ITimer CreateDetachedTimer(this TimeProvider time, TimerCallback callback, object state)
    {
        if (ExecutionContext.IsFlowSuppressed())
            return Create();
        using (ExecutionContext.SuppressFlow())
            return Create();

        ITimer Create() => time.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }
}

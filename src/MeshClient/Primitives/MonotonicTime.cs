namespace MeshClient.Primitives;

/// <summary>The moment that measures and pickers are given as <c>now</c>: it never goes back and has no meaning outside the process.</summary>
internal static class MonotonicTime
{
    /// <summary>The time since the provider's own origin.</summary>
    public static TimeSpan Now(this TimeProvider time) => time.GetElapsedTime(0);
}

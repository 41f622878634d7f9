namespace MeshClient.Primitives;

/// <summary>Exponential back-off as a pure function of the attempt and a draw.</summary>
/// <param name="Base">The bound of the first wait.</param>
/// <param name="Cap">The bound that later waits never exceed.</param>
internal readonly record struct Backoff(TimeSpan Base, TimeSpan Cap)
{
    /// <summary>The largest wait before retry <paramref name="attempt"/> (1 = the first): <c>min(Cap, Base · 2^(attempt-1))</c>.</summary>
    public TimeSpan Bound(int attempt)
    {
        var factor = Math.Pow(2, Math.Clamp(attempt - 1, 0, 62));
        return Base.TotalSeconds * factor >= Cap.TotalSeconds ? Cap : Base * factor;
    }

    /// <summary>Full jitter: uniform in [0, bound). For callers that must spread out, such as retries.</summary>
    public TimeSpan FullJitter(int attempt, double draw) => Bound(attempt) * draw;

    /// <summary>Equal jitter: uniform in [bound/2, bound). For loops that must also slow down, such as a registry's watch.</summary>
    public TimeSpan EqualJitter(int attempt, double draw) => Bound(attempt) * (0.5 + (draw / 2));
}

namespace MeshClient.Consul.Discovery;

/// <summary>Paces the queries of one watch: a lone change is asked for at once, a service that changes all the time a few times a second.</summary>
/// <remarks>
/// Burst 2 and one token each 250 ms: after a quiet time two changes in a row reach callers without delay, and 50 changes a second cost the
/// agent 4 answers a second, with the last of them seen within 250 ms.
/// </remarks>
internal struct TokenBucket
{
    public const double Burst = 2;

    public static readonly TimeSpan Refill = TimeSpan.FromMilliseconds(250);

    private double _tokens;
    private DateTimeOffset _at;

    public TokenBucket(DateTimeOffset now) => (_tokens, _at) = (Burst, now);

    /// <summary>Takes a token, on credit if there is none, and answers how long to wait before using it.</summary>
    public TimeSpan Take(DateTimeOffset now)
    {
        var gone = now > _at ? now - _at : TimeSpan.Zero;
        _tokens = Math.Min(Burst, _tokens + (gone / Refill)) - 1;
        _at = now;
        return _tokens >= 0 ? TimeSpan.Zero : Refill * -_tokens;
    }
}

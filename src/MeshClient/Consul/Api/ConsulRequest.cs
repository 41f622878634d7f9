namespace MeshClient.Consul.Api;

/// <summary>One call to the agent.</summary>
/// <param name="Method">The HTTP method.</param>
/// <param name="Path">Path and query, escaped.</param>
/// <param name="What">What is asked, for errors: "the instances of web".</param>
/// <param name="Rules">The ACL rules that it needs, as Consul writes them.</param>
internal sealed record ConsulRequest(HttpMethod Method, string Path, string What, string Rules)
{
    /// <summary>The server may hold a call for 7 s while there is no leader.</summary>
    public static TimeSpan LeaderHold { get; } = TimeSpan.FromSeconds(7);

    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(3);

    /// <summary>From the first byte sent to the last byte read.</summary>
    public TimeSpan Timeout { get; init; } = LeaderHold + Margin;

    /// <summary>Whether the answer holds a secret: then no error shows any of it.</summary>
    public bool AnswerIsSecret { get; init; }

    public Func<HttpContent>? Content { get; init; }

    /// <summary>How long a query that waits may take: Consul adds up to a sixteenth to the wait.</summary>
    public static TimeSpan BlockingTimeout(TimeSpan wait) => (wait * 17 / 16) + LeaderHold + Margin;
}

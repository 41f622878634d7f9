namespace MeshClient.Resilience;

/// <summary>Which methods may be sent twice (RFC 9110, 9.2.2).</summary>
internal static class Idempotency
{
    /// <summary>Whether sending the request twice has the effect of sending it once.</summary>
    public static bool IsIdempotent(HttpMethod method) =>
        method == HttpMethod.Get || method == HttpMethod.Head || method == HttpMethod.Put || method == HttpMethod.Delete
        || method == HttpMethod.Options || method == HttpMethod.Trace;
}

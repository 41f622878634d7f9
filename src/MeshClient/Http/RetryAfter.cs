using System.Net.Http.Headers;

namespace MeshClient.Http;

/// <summary>How long an answer asks its caller to wait (RFC 9110, 10.2.3).</summary>
internal static class RetryAfter
{
    /// <summary>The wait from <paramref name="now"/>; null when the answer names none.</summary>
    public static TimeSpan? Of(HttpResponseMessage response, DateTimeOffset now)
    {
        // Most answers carry no such header; asking without parsing keeps them cheap.
        if (!response.Headers.NonValidated.Contains("Retry-After"))
            return null;
        return response.Headers.RetryAfter switch
        {
            RetryConditionHeaderValue { Delta: { } delta } => delta,
            RetryConditionHeaderValue { Date: { } date } => date > now ? date - now : TimeSpan.Zero,
            _ => null,
        };
    }
}

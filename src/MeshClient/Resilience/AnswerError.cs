namespace MeshClient.Resilience;

/// <summary>What was wrong with an answer that the transport could not take in.</summary>
internal static class AnswerError
{
    /// <summary>Looks for it among the causes of an error: HTTP/2 tells of it from several layers below.</summary>
    /// <returns>
    /// <see cref="HttpRequestError.ConfigurationLimitExceeded"/> = it was larger than this process takes, <see cref="HttpRequestError.InvalidResponse"/> = it was malformed;
    /// null = neither.
    /// </returns>
    public static HttpRequestError? In(Exception? error)
    {
        for (; error is not null; error = error.InnerException)
        {
            if (Of(error) is HttpRequestError.ConfigurationLimitExceeded or HttpRequestError.InvalidResponse)
                return Of(error);
        }
        return null;
    }

    /// <summary>Whether an answer was larger than this process takes.</summary>
    public static bool IsOverLimit(Exception? error) => In(error) == HttpRequestError.ConfigurationLimitExceeded;

    private static HttpRequestError Of(Exception error) => error switch
    {
        HttpRequestException http => http.HttpRequestError,
        HttpIOException io => io.HttpRequestError,
        // What the decoder of HTTP/2 headers throws is internal to .NET; whether it was for their length only its words say.
        _ when error.GetType().Name == "HPackDecodingException" =>
            error.Message.Contains("exceeded", StringComparison.Ordinal) ? HttpRequestError.ConfigurationLimitExceeded : HttpRequestError.InvalidResponse,
        _ => HttpRequestError.Unknown,
    };
}

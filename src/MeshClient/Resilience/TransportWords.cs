namespace MeshClient.Resilience;

/// <summary>Errors of .NET's HTTP client that have neither a kind nor a cause, and are known by their words alone. One that is not known is judged as a broken connection.</summary>
internal static class TransportWords
{
    /// <summary>Whether the request could be put on no connection: that was closing, or the settings that came just then allow fewer streams.</summary>
    public static bool IsUnsent(HttpRequestException error) =>
        IsBare(error) && error.Message is "The request was aborted." or "The server shut down the connection.";

    /// <summary>Whether the connection that was made for the request had ended before the request could be put on it.</summary>
    public static bool IsNoConnection(HttpRequestException error) =>
        IsBare(error) && error.Message == "An HTTP/2 connection could not be established because the server did not complete the HTTP/2 handshake.";

    /// <summary>Whether it is the request that cannot be sent, to any endpoint.</summary>
    public static bool IsFaultOfRequest(HttpRequestException error) => IsOverLimit(error) || (IsBare(error) && error.Message.Contains("Content-Length", StringComparison.Ordinal));

    /// <summary>Whether its headers are longer than the server takes, as it has said beforehand.</summary>
    public static bool IsOverLimit(HttpRequestException error) => IsBare(error) && error.Message.Contains("headers length exceeded the server limit", StringComparison.Ordinal);

    private static bool IsBare(HttpRequestException error) => error is { HttpRequestError: HttpRequestError.Unknown, StatusCode: null, InnerException: null };
}

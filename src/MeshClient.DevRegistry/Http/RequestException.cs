namespace MeshClient.DevRegistry.Http;

/// <summary>Ends a request with a status and a text.</summary>
internal sealed class RequestException(int status, string message) : Exception(message)
{
    public int Status { get; } = status;

    /// <summary>Whether the servers' side refused it: such answers carry query headers, with an index that means nothing.</summary>
    public bool FromQuery { get; init; }
}

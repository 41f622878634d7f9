using System.Net;

namespace MeshClient.Consul;

/// <summary>Consul could not be asked, or its answer could not be used. The message says what was found and the remedy.</summary>
public sealed class ConsulException : Exception
{
    internal ConsulException(string message, HttpStatusCode? status = null, Exception? inner = null)
        : base(message, inner) => StatusCode = status;

    /// <summary>The status of the answer; null = there was no answer.</summary>
    public HttpStatusCode? StatusCode { get; }

    /// <summary>How long Consul asks to wait before the next call; null = it does not say.</summary>
    public TimeSpan? RetryAfter { get; internal init; }

    /// <summary>The agent itself could not be reached, as after its restart.</summary>
    internal bool AgentAway { get; init; }

    /// <summary>The start of the answer's body, for the few decisions that Consul leaves to its wording.</summary>
    internal string Answer { get; init; } = "";
}

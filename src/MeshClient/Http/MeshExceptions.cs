using MeshClient.Model;

namespace MeshClient.Http;

/// <summary>Why the mesh had no endpoint to send a call to.</summary>
public enum UnavailableReason
{
    /// <summary>No registry has said anything of the service yet.</summary>
    NotKnownYet,

    /// <summary>The registry knows no instance of the service.</summary>
    NoInstances,

    /// <summary>The registry knows instances, but each is critical, in maintenance, or has weight or port 0.</summary>
    NoneUsable,

    /// <summary>As many calls as are allowed are under way and waiting (<c>Mesh:Upstreams:&lt;name&gt;:Limits</c>).</summary>
    LimitReached,

    /// <summary>The request requires an endpoint that is not among those that may be called.</summary>
    WishedEndpointUnavailable,
}

/// <summary>A call failed because the mesh had no endpoint to send it to; no byte left the process.</summary>
public sealed class MeshUnavailableException : HttpRequestException
{
    internal MeshUnavailableException(ServiceName service, UnavailableReason reason, string message, Exception? inner = null)
        : base(HttpRequestError.ConnectionError, message, inner)
    {
        Service = service.Name;
        Reason = reason;
    }

    /// <summary>The registry's name of the service.</summary>
    public string Service { get; }

    /// <summary>Why there was no endpoint.</summary>
    public UnavailableReason Reason { get; }
}

/// <summary>A call, an attempt of it, or the body of its answer took longer than the service's settings allow. Its inner exception is a <see cref="TimeoutException"/>.</summary>
public sealed class MeshTimeoutException : HttpRequestException
{
    internal MeshTimeoutException(string service, TimeSpan timeout, string message, Exception? cause = null)
        : base(HttpRequestError.Unknown, message, new TimeoutException(message, cause))
    {
        Service = service;
        Timeout = timeout;
    }

    /// <summary>The mesh's name of the service.</summary>
    public string Service { get; }

    /// <summary>The limit that was exceeded.</summary>
    public TimeSpan Timeout { get; }
}

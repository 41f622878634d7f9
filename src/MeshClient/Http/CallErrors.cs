using System.Globalization;
using MeshClient.Clusters;
using MeshClient.Endpoints;
using MeshClient.Model;
using MeshClient.Primitives;
using MeshClient.Resilience;
using MeshClient.Transport;
using MeshClient.Transport.Security;

namespace MeshClient.Http;

/// <summary>What a caller is told of a call that failed: which service, which instance, after how many attempts, why, and the remedy.</summary>
internal static class CallErrors
{
    /// <summary>The exception of a call whose last attempt brought no answer.</summary>
    public static Exception Final(in Call call, AttemptResult last, int attempts)
    {
        var cluster = call.Cluster;
        var error = last.Error!;
        if (call.Caller.IsCancellationRequested)
            return Cancelled(call, error);
        if (error is TimeoutException)
        {
            return new MeshTimeoutException(cluster.Name, call.Timeout,
                call.Inbound is { } inbound && inbound.Deadline.At <= call.Deadline.At
                    ? $"{cluster.Name}: the deadline of the call that this one is made for had passed before it could be sent."
                    : $"{cluster.Name}: the time of the call ({call.Timeout.TotalSeconds:0.###} s) had passed before it could be sent.", error);
        }
        var endpoint = last.Endpoint?.Endpoint;
        return last.Outcome switch
        {
            Outcome.Timeout => new MeshTimeoutException(cluster.Name, call.Timeout,
                $"{cluster.Name}: {endpoint} sent no answer in time ({Count(attempts)}{Within(call)}).", error),
            Outcome.ConnectFailure => new HttpRequestException(
                error is HttpRequestException { HttpRequestError: not HttpRequestError.Unknown and var kind } && Causes.Find<MissingPrefaceException>(error) is null
                    ? kind : HttpRequestError.ConnectionError,
                $"{cluster.Name}: no connection to {endpoint} ({Count(attempts)}): {Reason(error)}"
                + (error is HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } ? ". Does the host name resolve on this machine?" : ""), error),
            Outcome.TransportFailure => new HttpRequestException(
                (error as HttpRequestException)?.HttpRequestError ?? HttpRequestError.Unknown,
                $"{cluster.Name}: {endpoint} broke off ({Count(attempts)}): {Reason(error)}{Remedy(error)}", error),
            Outcome.Denied => new HttpRequestException(
                (error as HttpRequestException)?.HttpRequestError ?? HttpRequestError.Unknown,
                $"{cluster.Name}: {endpoint} refused this process ({Count(attempts)}): {Reason(error)}", error),
            _ => Explained(cluster.Name, endpoint, error),
        };
    }

    // What bounds the call, and where that is set.
    private static string Within(in Call call)
    {
        var key = $"Mesh:Upstreams:{call.Cluster.Name}:";
        if (call.Deadline.IsNever)
            return $"; {key}AttemptTimeout";
        if (call.Inbound is { } inbound && inbound.Deadline.At <= call.Deadline.At)
            return $" until the deadline of the call that this one is made for; {key}AttemptTimeout";
        var own = call.IsGrpc ? $"its deadline, or {key}Grpc:Timeout" : $"{key}Timeout";
        return $" within {call.Timeout.TotalSeconds:0.###} s; {own}, :AttemptTimeout";
    }

    /// <summary>An error that is no failure of the endpoint, with words for what .NET leaves unsaid; the error itself where there is nothing to say.</summary>
    public static Exception Explained(string upstream, Endpoint? endpoint, Exception error)
    {
        if (AnswerError.IsOverLimit(error))
        {
            return new HttpRequestException(
                HttpRequestError.ConfigurationLimitExceeded,
                $"{upstream}: the headers or trailers of the answer of {endpoint} are larger than this process takes: {error.GetBaseException().Message} Have the server send less, or "
                    + "raise SocketsHttpHandler.MaxResponseHeadersLength in ConfigureTransport.", error);
        }
        return Causes.Find<HttpProtocolException>(error)?.ErrorCode == Http2Error.InadequateSecurity
            ? new HttpRequestException(HttpRequestError.HttpProtocolError, $"{upstream}: {endpoint} denied the call while it ran, as by an intention: {Reason(error)}", error)
            : error;
    }

    /// <summary>The exception of a call that its caller gave up.</summary>
    public static TaskCanceledException Cancelled(in Call call, Exception? error) =>
        new($"The call to {call.Cluster.Name} was cancelled by its caller.", error, call.Caller);

    /// <summary>Why a call ended that could not be sent.</summary>
    public static CallEnd EndOf(Exception error) => error switch
    {
        MeshUnavailableException { Reason: UnavailableReason.LimitReached } => CallEnd.LimitReached,
        MeshUnavailableException => CallEnd.NoEndpoint,
        TimeoutException or MeshTimeoutException => CallEnd.DeadlinePassed,
        OperationCanceledException => CallEnd.Cancelled,
        _ => CallEnd.RequestFault,
    };

    /// <summary>The exception of a call for which there is no place under the limits.</summary>
    public static MeshUnavailableException Refused(in Call call)
    {
        call.Cluster.Metrics.LimitRejected(call.Cluster.Name, call.Cluster.Options.Limits.MaxQueued > 0 ? "queue_full" : "concurrency");
        return NoRoom(call);
    }

    /// <summary>The exception of a hedge for which there is no place, which nobody but its call hears of.</summary>
    public static MeshUnavailableException NoRoom(in Call call)
    {
        var cluster = call.Cluster;
        return new(cluster.Service, UnavailableReason.LimitReached,
            $"{cluster.Name}: as many calls as are allowed are under way ({Limits(cluster)}). Send fewer at a time, or raise Mesh:Upstreams:{cluster.Name}:Limits.");
    }

    /// <summary>The exception of a call whose time ran out while it waited for a place.</summary>
    public static MeshTimeoutException TimedOutInQueue(in Call call)
    {
        var cluster = call.Cluster;
        cluster.Metrics.LimitRejected(cluster.Name, "deadline");
        return new(cluster.Name, call.Timeout,
            $"{cluster.Name}: no place came free in time ({Limits(cluster)}; Mesh:Upstreams:{cluster.Name}:Limits, :Timeout).");
    }

    /// <summary>The exception of a call that found no endpoint, or not the one it requires.</summary>
    public static MeshUnavailableException Unavailable(in Call call) =>
        call.Settings?.Wish is { IsRequired: true } wish && !call.Cluster.State.Available.IsEmpty
            ? new(call.Cluster.Service, UnavailableReason.WishedEndpointUnavailable,
                $"{call.Cluster.Name}: the request requires the endpoint \"{wish.Id}\", which is not among the {call.Cluster.State.Available.Length} that may be called. "
                + "Is it an instance ID or host:port that the registry knows? Do not require it if another will do.")
            : call.NeedsSecureWire && !call.Cluster.State.Available.IsEmpty
            ? new(call.Cluster.Service, UnavailableReason.NoneUsable,
                $"{call.Cluster.Name}: the call carries credentials, and none of the instances that are called by TLS may be called now; those in plain text get none.")
            : Unavailable(call.Cluster);

    /// <summary>The exception of a call that found no endpoint.</summary>
    public static MeshUnavailableException Unavailable(Cluster cluster)
    {
        var watch = cluster.State.Watch;
        if (watch.LastGood is not { } known)
            return NotKnownYet(cluster, TimeSpan.Zero);
        if (known.Endpoints.IsEmpty)
        {
            return new(cluster.Service, UnavailableReason.NoInstances,
                $"{cluster.Name}: the registry knows no instance of \"{cluster.Service}\". Is the service registered under that name?{Trouble(watch.Trouble)}");
        }
        var states = known.Endpoints.GroupBy(e => e.IsUsable ? "usable" : e.Health is Model.EndpointHealth.Passing or Model.EndpointHealth.Warning
            ? "weight or port 0" : e.Health.ToString().ToLowerInvariant());
        return new(cluster.Service, UnavailableReason.NoneUsable,
            $"{cluster.Name}: none of the {known.Endpoints.Length} instances of \"{cluster.Service}\" can be used "
            + $"({string.Join(", ", states.Select(s => $"{s.Count()} {s.Key}"))}).{Trouble(watch.Trouble)}");
    }

    /// <summary>The exception of a call that waited in vain for the registry's first word.</summary>
    public static MeshUnavailableException NotKnownYet(Cluster cluster, TimeSpan waited) =>
        new(cluster.Service, UnavailableReason.NotKnownYet,
            $"{cluster.Name}: nothing is known of \"{cluster.Service}\" yet{(waited > TimeSpan.Zero ? $" after {waited.TotalSeconds:0.###} s" : "")}."
            + (cluster.State.Watch.Trouble is { } trouble ? Trouble(trouble) : " The registry has not answered."));

    // What .NET says at the top is the same for most failures of a connection; what it was stands below.
    private static string Reason(Exception error)
    {
        var cause = Causes.Find<PeerDeniedException>(error) ?? Causes.Find<MissingPrefaceException>(error) ?? error.GetBaseException();
        return cause == error || error.Message.Contains(cause.Message, StringComparison.Ordinal) ? error.Message : $"{error.Message} {cause.Message}";
    }

    private static string Remedy(Exception error) => Causes.Find<HttpProtocolException>(error)?.ErrorCode == Http2Error.Http11Required
        ? " Expected a server of HTTP/2, found one of HTTP/1.1: in plain text, Kestrel speaks HTTP/2 where Protocols of the endpoint is Http2."
        : "";

    private static string Trouble(string? trouble) => trouble is null ? "" : $" The registry: {trouble}";

    private static string Limits(Cluster cluster)
    {
        var limits = cluster.Options.Limits;
        return $"MaxConcurrent {limits.MaxConcurrent?.ToString(CultureInfo.InvariantCulture) ?? "none"}, "
            + $"MaxConcurrentPerEndpoint {limits.MaxConcurrentPerEndpoint?.ToString(CultureInfo.InvariantCulture) ?? "none"}, MaxQueued {limits.MaxQueued}";
    }

    private static string Count(int attempts) => attempts == 1 ? "1 attempt" : $"{attempts} attempts";
}

using Grpc.Core;
using MeshClient.Identity;
using MeshClient.Model;
using MeshClient.Primitives;
using MeshClient.Resilience;
using MeshClient.Transport;
using MeshClient.Transport.Security;
using Polly;
using Polly.Timeout;

namespace MeshClient.Http;

/// <summary>What a gRPC caller is told of a call that failed before the server said how it went: the status that gRPC gives to it, and the mesh's own words.</summary>
internal static class GrpcErrors
{
    /// <summary>Gives the errors of a call gRPC's form. A cancellation stays one: the client knows whose it is.</summary>
    public static async Task<HttpResponseMessage> TranslateAsync(Task<HttpResponseMessage> call)
    {
        try
        {
            return await call.ConfigureAwait(false);
        }
        catch (Exception error) when (IsForeign(error))
        {
            throw Of(error);
        }
    }

    /// <summary>Whether an error has yet to be given gRPC's form.</summary>
    public static bool IsForeign(Exception error) => error is not RpcException and not OperationCanceledException;

    /// <summary>The error of a call, in gRPC's form.</summary>
    public static RpcException Of(Exception error) => error as RpcException ?? new(new Status(CodeOf(error), error.Message, error), error.Message);

    /// <summary>The error of a call whose deadline passed while its answer was being read.</summary>
    public static RpcException DeadlineExceeded(string upstream, Endpoint endpoint, Exception error) =>
        Of(new MeshTimeoutException(upstream, TimeSpan.Zero, $"{upstream}: the deadline passed while the answer of {endpoint} was being read.", error));

    /// <summary>The error of a call that would have shown its credentials to whoever listens.</summary>
    public static RpcException PlainTextCredentials(string upstream, Endpoint endpoint, string header) => Refused(
        $"{upstream}: the call carries credentials ({header}), and {endpoint} is called in plain text, where anyone on the way could use them. "
            + $"Set Mesh:Security:Mode to Strict, or, where the network is trusted, Mesh:Upstreams:{upstream}:Grpc:AllowPlainTextCredentials to true.");

    /// <summary>The same, of a server that is none of the mesh's.</summary>
    public static RpcException PlainTextCredentials(Uri url) => Refused(
        $"{url.Authority}: the call carries credentials (authorization) in plain text to a host that is no service of the mesh. Use an https address, or the name "
            + "of a service of the mesh; where the network is trusted, make the channel without GrpcOptions().");

    /// <summary>The error of a call that the application would make again and whose request's stream is not there any more.</summary>
    /// <param name="upstream">The mesh's name of the service.</param>
    /// <param name="last">The status of the answer before; null = there is none.</param>
    /// <param name="error">The error before; null = there is none.</param>
    public static RpcException StreamIsSpent(string upstream, StatusCode? last = null, Exception? error = null)
    {
        var before = error is not null ? $" The try before ended so: {error.Message}" : last is not null ? $" The answer to the try before was {last}." : "";
        var message = $"{upstream}: the request is a stream that has been sent and is not kept any more, and no strategy (AddResilience) or handler of the application can send it again. "
            + $"Strategies can send as much of it as Mesh:Upstreams:{upstream}:Grpc:ReplayBytes allows, handlers nothing.{before}";
        var status = error switch
        {
            null => last is null or StatusCode.OK ? StatusCode.Internal : last.Value,
            OperationCanceledException => StatusCode.Cancelled,
            _ => Of(error).StatusCode,
        };
        return new(new Status(status, message, error), message);
    }

    private static RpcException Refused(string message) => new(new Status(StatusCode.Unauthenticated, message), message);

    private static StatusCode CodeOf(Exception error) => error switch
    {
        MeshUnavailableException { Reason: UnavailableReason.LimitReached } => StatusCode.ResourceExhausted,
        MeshUnavailableException or MeshIdentityException => StatusCode.Unavailable,
        MeshTimeoutException or TimeoutRejectedException => StatusCode.DeadlineExceeded,
        // A strategy of the application's let nothing through, such as an open circuit breaker.
        ExecutionRejectedException => StatusCode.Unavailable,
        _ when Causes.Find<PeerDeniedException>(error) is { } denied => denied.IsAlert ? StatusCode.PermissionDenied : StatusCode.Unavailable,
        _ when Causes.Find<MissingPrefaceException>(error) is not null => StatusCode.Unavailable,
        _ when Causes.Find<HttpProtocolException>(error) is { } protocol => CodeOf(protocol),
        _ when AnswerError.In(error) is { } fault => fault == HttpRequestError.ConfigurationLimitExceeded ? StatusCode.ResourceExhausted : StatusCode.Internal,
        HttpRequestException http when TransportWords.IsOverLimit(http) => StatusCode.ResourceExhausted,
        HttpRequestException { HttpRequestError: HttpRequestError.HttpProtocolError or HttpRequestError.VersionNegotiationError } => StatusCode.Internal,
        HttpRequestException or IOException => StatusCode.Unavailable,
        _ => StatusCode.Internal,
    };

    // gRPC over HTTP/2, "Errors". .NET gives a ping that nobody answered the code of a peer that breaks the rules, and only its words tell the two apart.
    private static StatusCode CodeOf(HttpProtocolException error) => error.ErrorCode switch
    {
        // A connection that ended in peace (GOAWAY), which .NET tells as it does a stream that was reset without an error.
        Http2Error.NoError or Http2Error.RefusedStream => StatusCode.Unavailable,
        Http2Error.ProtocolError when error.Message.Contains("ping", StringComparison.Ordinal) => StatusCode.Unavailable,
        Http2Error.Cancel => StatusCode.Cancelled,
        Http2Error.EnhanceYourCalm => StatusCode.ResourceExhausted,
        Http2Error.InadequateSecurity => StatusCode.PermissionDenied,
        _ => StatusCode.Internal,
    };
}

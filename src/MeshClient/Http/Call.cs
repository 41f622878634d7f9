using MeshClient.Balancing;
using MeshClient.Clusters;
using MeshClient.Endpoints;
using MeshClient.Grpc;
using MeshClient.Resilience;

namespace MeshClient.Http;

/// <summary>One logical call, as all of its attempts see it.</summary>
/// <param name="Cluster">The target.</param>
/// <param name="Request">The request; its URL keeps the logical name.</param>
/// <param name="Start">When the call began.</param>
/// <param name="Deadline">When nobody awaits it any more.</param>
/// <param name="Inbound">The call it is made for; null = none.</param>
/// <param name="Settings">What the request asks for; null = nothing.</param>
/// <param name="Timeout">The whole time of the call; <see cref="TimeSpan.MaxValue"/> = it has no limit.</param>
/// <param name="Grpc">Whether it is a call of gRPC.</param>
/// <param name="CanRepeat">Whether its body gives the same bytes each time it is sent; a stream may become too long for that.</param>
/// <param name="CanResend">Whether it may be sent again after it has left: it is idempotent and its body whole and repeatable.</param>
/// <param name="EndsAtHeaders">Whether its time is only that to the headers of its answer, which is no matter of the server: a gRPC call that brings no deadline.</param>
/// <param name="IsAsync">False = block for every wait, for the synchronous <c>Send</c>.</param>
/// <param name="Redirects">Follows the redirects of the answer; null = nobody does.</param>
/// <param name="Caller">Cancels the call.</param>
internal readonly record struct Call(
    Cluster Cluster, HttpRequestMessage Request, TimeSpan Start, Deadline Deadline, InboundCall? Inbound, CallSettings? Settings, TimeSpan Timeout,
    GrpcKind Grpc, bool CanRepeat, bool CanResend, bool EndsAtHeaders, bool IsAsync, MeshHandler? Redirects, CancellationToken Caller)
{
    /// <summary>Whether its status stands behind its answer and not before it.</summary>
    public bool IsGrpc => Grpc == GrpcKind.Native;

    /// <summary>Whether it is for endpoints that are called by TLS, and no others: it carries credentials, and the service has endpoints of either kind.</summary>
    public bool NeedsSecureWire => Grpc != GrpcKind.None && Cluster.State.IsMixed && WireCredentials.In(Request, Cluster) is not null;

    /// <summary>When nobody awaits it any more, as the server is told.</summary>
    public Deadline ToldDeadline => EndsAtHeaders ? Inbound?.Deadline ?? Deadline.Never : Deadline;

    /// <summary>Whether only one certain endpoint will do.</summary>
    public bool RequiresEndpoint => Settings?.Wish is { IsRequired: true };

    /// <summary>Whether its errors are given gRPC's form at the end of the pipeline. Around strategies of the application, which judge them as they are, it is done later.</summary>
    public bool TellsByGrpc => IsGrpc && IsAsync && Cluster.Strategies is null;

    /// <summary>The request's stream, where it is kept to be sent again; null = it is none, or not kept.</summary>
    public ReplayContent? Stream => Request.Content as ReplayContent;

    /// <summary>Whether another attempt may follow the first.</summary>
    public bool CanRetry => Cluster.Retries is not null && Settings is not { NoRetry: true };

    /// <summary>The most time of one attempt that begins now; <see cref="System.Threading.Timeout.InfiniteTimeSpan"/> = no limit.</summary>
    public TimeSpan AttemptLimit(TimeSpan now)
    {
        if (Cluster.Options.AttemptTimeout is null && Deadline.IsNever)
            return System.Threading.Timeout.InfiniteTimeSpan;
        // A gRPC call asks for its deadline itself, and gRPC knows no other limit (A6).
        var limit = Cluster.Options.AttemptTimeout ?? (CanResend && CanRetry && !IsGrpc ? Timeout / 2 : Timeout);
        return Deadline.Clamp(limit, now);
    }

    /// <summary>Whether it may be sent again under a condition.</summary>
    public bool Allows(Resend condition) => condition switch
    {
        Resend.Yes => true,
        Resend.IfRepeatable => CanRepeat && Stream is not { CanReplay: false },
        Resend.IfIdempotent => CanResend || Stream is { CanReplay: true } && Cluster.Options.Grpc.IsIdempotent(Request.RequestUri!),
        _ => false,
    };

    /// <summary>What a picker may know of an attempt of this call.</summary>
    /// <param name="tried">The endpoints tried before.</param>
    public PickContext PickContext(ReadOnlySpan<EndpointState> tried) => new(tried, CanResend && tried.IsEmpty && CanRetry, Settings?.HashKey);
}

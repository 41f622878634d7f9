using MeshClient.Clusters;
using MeshClient.Resilience;

namespace MeshClient.Http;

/// <summary>One logical call, as all of its attempts see it.</summary>
/// <param name="Cluster">The target.</param>
/// <param name="Request">The request; its URL keeps the logical name.</param>
/// <param name="Deadline">When nobody awaits it any more.</param>
/// <param name="Inbound">The call it is made for; null = none.</param>
/// <param name="CanResend">Whether it may be sent again after it has left: an idempotent method and a repeatable body.</param>
/// <param name="IsAsync">False = block for every wait, for the synchronous <c>Send</c>.</param>
/// <param name="Caller">Cancels the call.</param>
internal readonly record struct Call(
    Cluster Cluster, HttpRequestMessage Request, Deadline Deadline, InboundCall? Inbound, bool CanResend, bool IsAsync, CancellationToken Caller);

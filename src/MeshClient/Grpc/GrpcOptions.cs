using System.Buffers;
using System.ComponentModel.DataAnnotations;
using Grpc.Core;
using MeshClient.Primitives;

namespace MeshClient.Grpc;

/// <summary>How gRPC calls to a service are made, beside what holds for every call (<c>Mesh:Upstreams:&lt;name&gt;:Grpc</c>).</summary>
public sealed class GrpcOptions
{
    // gRPC over HTTP/2, "Header-Name".
    private static readonly SearchValues<char> s_nameCharacters = SearchValues.Create("-_.0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

    private GrpcMethods? _idempotent;

    /// <summary>
    /// The time of a call that brings no deadline of its own, from its start to the headers of its answer. Null = such a call may take as long as it likes, as
    /// in gRPC, unless it is made for an inbound call that has a deadline. Default null, over zero.
    /// </summary>
    public TimeSpan? Timeout { get; set; }

    /// <summary>
    /// The statuses after which a call is made again elsewhere, where the server sent nothing but the status. By name, such as <c>RESOURCE_EXHAUSTED</c>. Default
    /// and where it is empty: <c>UNAVAILABLE</c> alone (gRPC A6 has no default; this is the one that says that the call was not worked on).
    /// </summary>
    public IList<string> RetryStatuses { get; set; } = [];

    /// <summary>
    /// The methods that may be called twice with the effect of once, as <c>package.Service/Method</c> or, for all of a service, <c>package.Service/*</c>. Only they
    /// are sent again after a connection was lost or an attempt timed out, and only they are hedged. What .proto files say of it is added by
    /// <see cref="Microsoft.Extensions.DependencyInjection.MeshBuilder.AddIdempotentMethods"/>. Default none.
    /// </summary>
    public IList<string> IdempotentMethods { get; set; } = [];

    /// <summary>
    /// Whether credentials are sent where the wire is plain text: <c>authorization</c>, and what <see cref="CredentialHeaders"/> names. Default false: such a call is
    /// refused, since whoever listens could use them.
    /// </summary>
    public bool AllowPlainTextCredentials { get; set; }

    /// <summary>
    /// Headers, beside <c>authorization</c>, that carry credentials and are not sent where the wire is plain text, such as <c>x-api-key</c>; names of metadata, in
    /// any case. Default none.
    /// </summary>
    public IList<string> CredentialHeaders { get; set; } = [];

    /// <summary>
    /// How much of a streamed request is kept, in bytes, until the server answers, so that the call can be made again; one that grows longer is not made again. All calls
    /// to a service keep 16 MiB at most. Default 1048576, as in grpc-dotnet; 0 = streams are not made again; at most 16777216.
    /// </summary>
    [Range(0, ReplayMemory.Limit)]
    public int ReplayBytes { get; set; } = 1024 * 1024;

    /// <summary>
    /// Whether each instance is asked by <c>grpc.health.v1.Health/Watch</c> how it is. One that does not serve, or does not answer, gets no calls while others do;
    /// one that does not know the protocol counts as serving. Default false.
    /// </summary>
    public bool HealthCheck { get; set; }

    /// <summary>The service that the health check asks for, such as <c>pricing.Pricing</c>; empty = the server as a whole. Default empty, at most 255 characters.</summary>
    public string HealthCheckService { get; set; } = "";

    /// <summary>Whether a call may be sent again whose connection was lost.</summary>
    /// <param name="url">Its URL, whose path is <c>/package.Service/Method</c>.</param>
    internal bool IsIdempotent(Uri url)
    {
        // Options do not change once calls are made by them.
        return IdempotentMethods.Count > 0 && (_idempotent ??= new GrpcMethods(IdempotentMethods)).Contains(url.AbsolutePath);
    }

    /// <summary>Whether a call that got this status may be made again.</summary>
    internal bool IsRetried(StatusCode status)
    {
        if (RetryStatuses.Count == 0)
            return status == StatusCode.Unavailable;
        foreach (var name in RetryStatuses)
        {
            if (GrpcCode.OfName(name) == status)
                return true;
        }
        return false;
    }

    /// <summary>The header of a request that carries credentials; null = none does.</summary>
    internal string? CredentialsIn(HttpRequestMessage request)
    {
        var headers = request.Headers.NonValidated;
        if (headers.Contains(GrpcRequest.Authorization))
            return GrpcRequest.Authorization;
        for (var i = 0; i < CredentialHeaders.Count; i++)
        {
            if (headers.Contains(CredentialHeaders[i]))
                return CredentialHeaders[i];
        }
        return null;
    }

    /// <summary>What is out of range, one sentence each.</summary>
    /// <param name="key">The configuration key of this section.</param>
    internal IEnumerable<string> Faults(string key)
    {
        foreach (var fault in Timeout is { } timeout ? Ranges.Positive($"{key}:{nameof(Timeout)}", timeout) : [])
            yield return fault;
        foreach (var fault in Ranges.Between($"{key}:{nameof(ReplayBytes)}", ReplayBytes, 0, ReplayMemory.Limit))
            yield return fault;
        if (HealthCheckService.Length > 255)
            yield return $"{key}:{nameof(HealthCheckService)}: expected at most 255 characters, found {HealthCheckService.Length}.";
        foreach (var name in RetryStatuses.Where(n => GrpcCode.OfName(n) is null or StatusCode.OK))
            yield return $"{key}:{nameof(RetryStatuses)}: expected names of gRPC statuses such as UNAVAILABLE, found \"{name}\".";
        foreach (var name in CredentialHeaders.Where(n => n.Length == 0 || n.AsSpan().ContainsAnyExcept(s_nameCharacters)))
            yield return $"{key}:{nameof(CredentialHeaders)}: expected names of metadata (letters, digits, \"-\", \"_\", \".\"), found \"{name}\".";
        foreach (var method in IdempotentMethods.Where(m => m.StartsWith('/') || m.Count(c => c == '/') != 1 || m.EndsWith('/')))
            yield return $"{key}:{nameof(IdempotentMethods)}: expected package.Service/Method or package.Service/*, found \"{method}\".";
    }
}

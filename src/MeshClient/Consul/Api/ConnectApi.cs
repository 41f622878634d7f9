using System.Text.Json.Serialization.Metadata;

namespace MeshClient.Consul.Api;

/// <summary>The CA of Consul Connect, as the agent hands out what concerns it: roots for all, leaves for the services of the token.</summary>
internal sealed class ConnectApi(ConsulHttp http)
{
    /// <summary>The trust domain and its roots; anyone may read them.</summary>
    public Task<Indexed<ConnectRoots>> RootsAsync(BlockingQuery query, CancellationToken cancellationToken) => GetAsync(
        query.Request("/v1/agent/connect/ca/roots", "the roots of its CA", "rights of any kind, for Consul itself asks for none here"), ConsulJson.Default.ConnectRoots, cancellationToken);

    /// <summary>The leaf of a service, with its key; signed when it is first asked for, renewed by the agent.</summary>
    public Task<Indexed<ConnectLeaf>> LeafAsync(string service, BlockingQuery query, CancellationToken cancellationToken)
    {
        var request = query.Request(
            $"/v1/agent/connect/ca/leaf/{Uri.EscapeDataString(service)}", $"the certificate of {service}", $"service \"{service}\" {{ policy = \"write\" }}");
        return GetAsync(request with { AnswerIsSecret = true }, ConsulJson.Default.ConnectLeaf, cancellationToken);
    }

    private Task<Indexed<T>> GetAsync<T>(ConsulRequest request, JsonTypeInfo<T> type, CancellationToken cancellationToken) =>
        http.SendAsync(request, async (response, token) => new Indexed<T>(
            await ConsulHttp.ReadAsync(request, response, type, token).ConfigureAwait(false), BlockingQuery.IndexOf(response)), cancellationToken);
}

/// <summary>The answer of <c>/v1/agent/connect/ca/roots</c>.</summary>
internal sealed record ConnectRoots(string? TrustDomain, IReadOnlyList<ConnectRoot?>? Roots);

/// <summary>A root; it counts whether it is active or not.</summary>
internal sealed record ConnectRoot(string? RootCert);

/// <summary>The answer of <c>/v1/agent/connect/ca/leaf/:service</c>.</summary>
internal sealed record ConnectLeaf(string? CertPEM, string? PrivateKeyPEM)
{
    // Not the key.
    public override string ToString() => nameof(ConnectLeaf);
}

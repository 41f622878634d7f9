using System.Text.Json;
using MeshClient.TestKit.Certificates;
using MeshClient.Tests.Doubles;

namespace MeshClient.Tests.Consul.Identity;

/// <summary>The CA endpoints of an agent: a query that waits is held until what it waits on has changed.</summary>
internal sealed class ScriptedConnect
{
    private readonly Lock _gate = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private (string Body, ulong Index) _roots;
    private (string Body, ulong Index) _leaf;

    public ScriptedConnect() => Agent = new ScriptedAgent(AnswerAsync);

    public ScriptedAgent Agent { get; }

    /// <summary>Answers in place of the CA; null = it answers. By the path, without the query.</summary>
    public Func<string, HttpResponseMessage?> Instead { get; set; } = _ => null;

    public void Roots(ulong index, params TestAuthority[] roots) => Set(ref _roots, index, JsonSerializer.Serialize(
        new { ActiveRootID = "x", roots[0].TrustDomain, Roots = roots.Select(r => new { RootCert = r.Pem, IntermediateCerts = (string[]?)null, Active = false }) }));

    public void Leaf(ulong index, TestLeaf leaf) =>
        Set(ref _leaf, index, JsonSerializer.Serialize(new { SerialNumber = "08", PrivateKeyPEM = leaf.KeyPem, CertPEM = leaf.ChainPem, Service = "web" }));

    public void LeafText(ulong index, string body) => Set(ref _leaf, index, body);

    /// <summary>Cuts every query that is held.</summary>
    public void Cut() => Set(ref _roots, _roots.Index, _roots.Body, new HttpRequestException(HttpRequestError.ConnectionError, "Connection reset"));

    private void Set(ref (string, ulong) what, ulong index, string body, Exception? cut = null)
    {
        lock (_gate)
        {
            what = (body, index);
            var changed = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (cut is null)
                changed.SetResult();
            else
                changed.SetException(cut);
        }
    }

    private async Task<HttpResponseMessage> AnswerAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var uri = request.RequestUri!;
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (Instead(uri.AbsolutePath) is { } answer)
                    return answer;
                var (body, index) = uri.AbsolutePath == "/v1/agent/connect/ca/roots" ? _roots : uri.AbsolutePath == "/v1/agent/connect/ca/leaf/web" ? _leaf : default;
                if (body is null)
                    return ScriptedAgent.Error(404, "");
                // Consul answers at once where the index is another, lower ones included.
                if (!uri.Query.Contains($"index={index}&", StringComparison.Ordinal))
                    return ScriptedAgent.Json(body, index);
                changed = _changed.Task;
            }
            await changed.WaitAsync(cancellationToken);
        }
    }
}

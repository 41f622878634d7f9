using System.Collections.Frozen;
using System.Net;
using System.Text;
using MeshClient.Testing.Seam;

namespace MeshClient.Testing;

/// <summary>One request as it reached an instance, and how that ended. A copy: what the sender does with its request later changes nothing here.</summary>
public sealed class RecordedCall
{
    private volatile HttpResponseMessage? _response;
    private volatile Exception? _error;

    internal RecordedCall(TestInstance instance, HttpRequestMessage request, DateTimeOffset at)
    {
        Instance = instance;
        At = at;
        Method = request.Method;
        RequestUri = request.RequestUri!;
        var headers = request.Headers.NonValidated.Concat(request.Content?.Headers.NonValidated ?? Enumerable.Empty<KeyValuePair<string, System.Net.Http.Headers.HeaderStringValues>>());
        Headers = headers.ToFrozenDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>The instance that it reached.</summary>
    public TestInstance Instance { get; }

    /// <summary>When, by the clock of the host that sent it.</summary>
    public DateTimeOffset At { get; }

    /// <summary>The method.</summary>
    public HttpMethod Method { get; }

    /// <summary>The URL, with the mesh's name as its host.</summary>
    public Uri RequestUri { get; }

    /// <summary>
    /// The headers, those of the body included, by name without case; several values of one name are joined by ", ". The mesh's own are
    /// among them, such as <c>mesh-timeout</c> (<c>MeshHeaders.Timeout</c>).
    /// </summary>
    public IReadOnlyDictionary<string, string> Headers { get; }

    /// <summary>
    /// The body; empty = none. One that can be sent only once, such as a stream, is recorded as the instance reads it: as far as it has.
    /// </summary>
    public ReadOnlyMemory<byte> Body => Copy.ToArray();

    /// <summary>The body as text in UTF-8.</summary>
    public string BodyText => Encoding.UTF8.GetString(Body.Span);

    /// <summary>The status of the answer; null = there is none yet, or none at all.</summary>
    public HttpStatusCode? StatusCode => _response?.StatusCode;

    /// <summary>Why there was no answer: a fault, a cancellation, or what the handler threw; null = there is one, or none yet.</summary>
    public Exception? Error => _error;

    internal RequestCopy Copy { get; } = new();

    /// <summary>The call in one line, for failing assertions.</summary>
    /// <returns>For example <c>GET http://catalog/items → catalog-1: 200</c>.</returns>
    public override string ToString() =>
        $"{Method} {RequestUri} → {Instance.Id}: {(StatusCode is { } status ? ((int)status).ToString(System.Globalization.CultureInfo.InvariantCulture) : Error?.Message ?? "under way")}";

    internal void Ended(HttpResponseMessage? response, Exception? error) => (_response, _error) = (response, error);
}

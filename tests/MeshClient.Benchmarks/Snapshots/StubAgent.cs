using System.Globalization;
using System.Net;
using System.Net.Http.Headers;

namespace MeshClient.Benchmarks.Snapshots;

/// <summary>An agent that answers each query at once with what it was given last, at a new index.</summary>
internal sealed class StubAgent : HttpMessageHandler
{
    private int _index = 10;

    public byte[] Body { get; set; } = "[]"u8.ToArray();

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = new HttpResponseMessage(HttpStatusCode.OK) { Content = new StreamContent(new MemoryStream(Body, writable: false)) };
        response.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        response.Headers.TryAddWithoutValidation("X-Consul-Index", (++_index).ToString(CultureInfo.InvariantCulture));
        response.Headers.TryAddWithoutValidation("X-Consul-Knownleader", "true");
        response.Headers.TryAddWithoutValidation("X-Consul-Lastcontact", "0");
        return Task.FromResult(response);
    }
}

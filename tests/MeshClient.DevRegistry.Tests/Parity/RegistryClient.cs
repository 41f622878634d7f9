using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace MeshClient.DevRegistry.Tests.Parity;

/// <summary>One answer, read to its end.</summary>
internal sealed record Answer(HttpStatusCode Status, HttpResponseHeaders Headers, string? ContentType, string Text)
{
    public JsonElement Json => JsonDocument.Parse(Text).RootElement;

    public ulong Index => ulong.Parse(Header("X-Consul-Index")!);

    public string? Header(string name) => Headers.TryGetValues(name, out var values) ? values.Single() : null;
}

/// <summary>Raw HTTP, so that no type of the product stands between the test and the wire.</summary>
internal sealed class RegistryClient(Uri address) : IDisposable
{
    private readonly HttpClient client = new() { BaseAddress = address };

    public Task<Answer> GetAsync(string path) => SendAsync(HttpMethod.Get, path, null);

    public Task<Answer> PutAsync(string path, string? body = null) => SendAsync(HttpMethod.Put, path, body);

    public async Task<Answer> SendAsync(HttpMethod method, string path, string? body)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return new(response.StatusCode, response.Headers, response.Content.Headers.ContentType?.ToString(), text);
    }

    public void Dispose() => client.Dispose();
}

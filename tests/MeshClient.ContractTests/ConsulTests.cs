using System.Net.Http.Json;
using MeshClient.TestKit;
using MeshClient.TestKit.Consul;

namespace MeshClient.ContractTests;

/// <summary>A real Consul for each test, and what the tests say to it.</summary>
public abstract class ConsulTests : IAsyncLifetime
{
    private HttpClient _http = null!;

    protected ConsulAgent Consul { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        var reason = await ConsulAgent.GetSkipReasonAsync();
        Assert.SkipWhen(reason is not null, reason ?? "");
        Consul = await ConsulAgent.StartAsync();
        _http = new HttpClient { BaseAddress = Consul.Address };
    }

    public async ValueTask DisposeAsync()
    {
        _http?.Dispose();
        if (Consul is not null)
            await Consul.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected Task DenyAsync(string source, string destination) =>
        SayAsync(HttpMethod.Post, "v1/connect/intentions", new { SourceName = source, DestinationName = destination, Action = "deny" });

    /// <summary>Waits until Consul leads callers to an instance that takes mutual TLS.</summary>
    protected Task KnowsAsync(string service) => Eventually.True(
        async () => await _http.GetStringAsync($"v1/health/connect/{service}?passing") != "[]", what: $"{service} can be called by mutual TLS");

    protected async Task SayAsync(HttpMethod method, string path, object body)
    {
        using var request = new HttpRequestMessage(method, path) { Content = JsonContent.Create(body, body.GetType()) };
        request.Content.Headers.ContentType!.CharSet = null;
        using var answer = await _http.SendAsync(request);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }
}

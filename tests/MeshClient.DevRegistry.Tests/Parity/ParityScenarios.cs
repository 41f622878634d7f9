using System.Net;
using System.Text.Json;
using MeshClient.TestKit;

namespace MeshClient.DevRegistry.Tests.Parity;

/// <summary>
/// What must hold for the dev registry and for a real agent alike: written once, run on both. Each scenario registers
/// names of its own, because the agent is shared. An agent publishes a moment after it accepts, so reads are repeated.
/// </summary>
public abstract partial class ParityScenarios : IAsyncLifetime
{
    private readonly string name = $"svc-{Guid.NewGuid():N}";
    private RegistryClient client = null!;

    public async ValueTask InitializeAsync() => client = new RegistryClient(await GetAddressAsync());

    public ValueTask DisposeAsync()
    {
        client?.Dispose();
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    protected abstract Task<Uri> GetAddressAsync();

    private string TtlService => $$"""
        {"ID":"{{name}}-1","Name":"{{name}}","Address":"127.0.0.1","Port":8080,"Tags":["v1","blue"],"Meta":{"zone":"a"},
         "Check":{"CheckID":"{{name}}-ttl","TTL":"1h"} }
        """;

    private Task<Answer> HealthAsync(string query = "") => client.GetAsync($"/v1/health/service/{name}{query}");

    private async Task RegisterAsync(string body, string query = "")
    {
        var answer = await client.PutAsync($"/v1/agent/service/register{query}", body);
        Assert.Equal((HttpStatusCode.OK, ""), (answer.Status, answer.Text));
    }

    private async Task<Answer> HealthUntilAsync(Func<JsonElement, bool> condition, string query = "")
    {
        Answer answer = null!;
        await Eventually.True(
            async () => condition((answer = await HealthAsync(query)).Json),
            cancellationToken: TestContext.Current.CancellationToken);
        return answer;
    }

    private async Task<Answer> RegisterTtlServiceAsync()
    {
        await RegisterAsync(TtlService);
        return await HealthUntilAsync(static entries => entries.GetArrayLength() == 1);
    }

    private static string? StatusOf(JsonElement entries, string checkId) => CheckOf(entries, checkId)?.GetProperty("Status").GetString();

    private static JsonElement? CheckOf(JsonElement entries, string checkId) => entries
        .EnumerateArray()
        .SelectMany(static entry => entry.GetProperty("Checks").EnumerateArray())
        .Where(check => check.GetProperty("CheckID").GetString() == checkId)
        .Select(static check => (JsonElement?)check)
        .FirstOrDefault();

    private static void AssertQueryHeaders(Answer answer)
    {
        Assert.True(answer.Index > 0);
        Assert.Equal("true", answer.Header("X-Consul-Knownleader"));
        Assert.Equal("0", answer.Header("X-Consul-Lastcontact"));
        Assert.Equal("leader", answer.Header("X-Consul-Effective-Consistency"));
    }
}

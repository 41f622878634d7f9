using System.Net.Http.Json;

namespace MeshClient.Benchmarks.Decisions;

/// <summary>One intention, written to an agent again and again.</summary>
internal sealed class IntentionUnderTest(HttpClient agent, string source, string destination) : IAsyncDisposable
{
    private string? _id;

    public static async Task<IntentionUnderTest> AllowAsync(Uri agent, string source, string destination)
    {
        var intention = new IntentionUnderTest(new HttpClient { BaseAddress = agent }, source, destination);
        await intention.WriteAsync(denies: false);
        return intention;
    }

    public async Task WriteAsync(bool denies)
    {
        var body = new Dictionary<string, string> { ["SourceName"] = source, ["DestinationName"] = destination, ["Action"] = denies ? "deny" : "allow" };
        using var response = _id is null
            ? await agent.PostAsJsonAsync("v1/connect/intentions", body) : await agent.PutAsJsonAsync($"v1/connect/intentions/{_id}", body);
        response.EnsureSuccessStatusCode();
        _id ??= (await response.Content.ReadFromJsonAsync<Dictionary<string, string>>())!["ID"];
    }

    public async ValueTask DisposeAsync()
    {
        using var response = await agent.DeleteAsync($"v1/connect/intentions/{_id}");
        agent.Dispose();
    }
}

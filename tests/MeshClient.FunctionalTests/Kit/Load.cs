using System.Collections.Concurrent;
using System.Diagnostics;

namespace MeshClient.FunctionalTests.Kit;

/// <summary>Calls at a steady rate that wait for no answer, as many users together make them.</summary>
internal sealed class Load(HttpClient client)
{
    private static readonly TimeSpan s_gap = TimeSpan.FromMilliseconds(10);

    /// <summary>What each call came to: the name of the instance that answered it well, or what went wrong.</summary>
    public ConcurrentQueue<(int Call, string Result, bool IsGood)> Results { get; } = new();

    public async Task RunAsync(int calls, Action<int>? before = null)
    {
        var clock = Stopwatch.StartNew();
        var running = new List<Task>();
        for (var i = 0; i < calls; i++)
        {
            before?.Invoke(i);
            running.Add(CallAsync(i));
            var wait = ((i + 1) * s_gap) - clock.Elapsed;
            if (wait > TimeSpan.Zero)
                await Task.Delay(wait);
        }
        await Task.WhenAll(running);
    }

    private async Task CallAsync(int call)
    {
        try
        {
            using var response = await client.GetAsync("http://catalog/items");
            var text = response.IsSuccessStatusCode ? await response.Content.ReadAsStringAsync() : $"{response.StatusCode}";
            Results.Enqueue((call, text, response.IsSuccessStatusCode));
        }
        catch (HttpRequestException error)
        {
            Results.Enqueue((call, error.Message, false));
        }
    }
}

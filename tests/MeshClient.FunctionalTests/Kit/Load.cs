using System.Collections.Concurrent;
using System.Diagnostics;
using MeshClient.Http;

namespace MeshClient.FunctionalTests.Kit;

/// <summary>Calls at a steady rate that wait for no answer, as many users together make them.</summary>
internal sealed class Load(HttpClient client)
{
    private static readonly TimeSpan s_gap = TimeSpan.FromMilliseconds(10);

    /// <summary>What each call came to: the name of the instance that answered it well, or what went wrong; and the instances that it was sent to.</summary>
    public ConcurrentQueue<(int Call, string Result, bool IsGood, string[] SentTo)> Results { get; } = new();

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
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://catalog/items");
        var report = request.ReportMeshCall();
        string result;
        var isGood = false;
        try
        {
            using var response = await client.SendAsync(request);
            isGood = response.IsSuccessStatusCode;
            result = isGood ? await response.Content.ReadAsStringAsync() : $"{response.StatusCode}";
        }
        catch (HttpRequestException error)
        {
            result = error.Message;
        }
        Results.Enqueue((call, result, isGood, [.. report.Attempts.Select(a => a.Endpoint.InstanceId)]));
    }
}

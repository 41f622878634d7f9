using System.Diagnostics;
using System.Net.Http.Json;
using MeshClient.Consul;
using MeshClient.Consul.Api;
using MeshClient.Consul.Intentions;
using MeshClient.Identity;
using MeshClient.Intentions;
using MeshClient.Matching;
using MeshClient.Primitives;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace MeshClient.Benchmarks.Decisions;

/// <summary>How long a write to the agent takes to decide requests: from the moment an intention is sent to the first decision by it.</summary>
internal static class DecisionPropagation
{
    private const int Rounds = 200;

    /// <returns>The times of a new denial and of its end, in milliseconds.</returns>
    public static async Task<(List<double> Denied, List<double> Allowed)> MeasureAsync(Uri address)
    {
        await using var provider = new ServiceCollection().AddMetrics().BuildServiceProvider();
        using var client = new ConsulClient(
            ConsulSettings.Resolve(new ConsulOptions { Address = address.ToString() }, _ => null), TimeProvider.System);
        await using var keeper = new IntentionKeeper(
            new ConsulIntentionSource("measured", client, TimeProvider.System, RandomSource.Instance), TimeProvider.System, RandomSource.Instance,
            ActivatorUtilities.CreateInstance<IntentionMetrics>(provider), NullLogger<IntentionKeeper>.Instance);
        if (!await keeper.WaitUntilReadyAsync(TimeSpan.FromSeconds(10), default))
            throw new TimeoutException($"The intentions could not be read: {keeper.Trouble}");

        using var http = new HttpClient { BaseAddress = address };
        var (denied, allowed) = (new List<double>(), new List<double>());
        string? id = null;
        for (var round = 0; round < Rounds; round++)
        {
            var denies = round % 2 == 0;
            var body = new Dictionary<string, string> { ["SourceName"] = "web", ["DestinationName"] = "measured", ["Action"] = denies ? "deny" : "allow" };
            var watch = Stopwatch.StartNew();
            using (var response = id is null
                ? await http.PostAsJsonAsync("v1/connect/intentions", body) : await http.PutAsJsonAsync($"v1/connect/intentions/{id}", body))
            {
                response.EnsureSuccessStatusCode();
                id ??= (await response.Content.ReadFromJsonAsync<Dictionary<string, string>>())!["ID"];
            }
            while (Allows(keeper) == denies)
            {
                if (watch.Elapsed > TimeSpan.FromSeconds(30))
                    throw new TimeoutException("The intention did not decide within 30 s.");
                await Task.Delay(1);
            }
            (denies ? denied : allowed).Add(watch.Elapsed.TotalMilliseconds);
            // Writes of their own and not a burst.
            await Task.Delay(TimeSpan.FromMilliseconds(100));
        }
        return (denied, allowed);
    }

    private static bool Allows(IntentionKeeper keeper) =>
        keeper.Decide(SpiffeId.Of("8b4adef7-05f9-64f3-2272-6e21316b8671.consul", "dc1", "web"), new RequestFacts("GET", "/")).IsAllowed;
}

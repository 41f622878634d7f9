using System.Collections.Concurrent;
using System.Net;
using MeshClient.ContractTests.Interop;
using MeshClient.Http;
using MeshClient.TestKit;
using Microsoft.AspNetCore.Builder;

namespace MeshClient.ContractTests.Rotation;

/// <summary>
/// Two services in strict mode, of which one calls the other 200 times a second by HTTP/1.1 and HTTP/2 in turn, and what was seen: the leaves of both sides on the
/// connection of each call. Connections live for two seconds, so that a new leaf of the server's is seen as well.
/// </summary>
internal sealed class LeafLoad : IAsyncDisposable
{
    private const int PerSecond = 200;

    private readonly WebApplication _catalog;
    private readonly StrictCaller _web;
    private readonly ConcurrentQueue<string> _failures = new();
    private readonly ConcurrentDictionary<string, int> _callerLeaves = new();
    private readonly ConcurrentDictionary<string, int> _serverLeaves = new();
    private int _retried;

    private LeafLoad(WebApplication catalog, StrictCaller web)
    {
        _catalog = catalog;
        _web = web;
    }

    /// <summary>Leaves that each side has shown, of those that at least a second's calls went by.</summary>
    public int Changes => Math.Min(Established(_callerLeaves), Established(_serverLeaves)) - 1;

    public static async Task<LeafLoad> StartAsync(Uri registry)
    {
        var catalog = await Served.StrictAsync(registry, "catalog");
        var web = await StrictCaller.StartAsync(registry, "web", "catalog", ("Transport:PooledConnectionLifetime", "00:00:02"));
        var load = new LeafLoad(catalog, web);
        // The registration is on its way when the server has started.
        await Eventually.True(async () =>
        {
            await load.CallAsync(0);
            return !load._callerLeaves.IsEmpty;
        });
        load._failures.Clear();
        return load;
    }

    /// <summary>Calls until both sides have changed their leaf so many times.</summary>
    /// <param name="changes">How many times.</param>
    /// <param name="atLeast">The fewest calls to make.</param>
    /// <param name="atMost">The most calls to make.</param>
    /// <param name="rotate">Puts another root in charge.</param>
    /// <param name="at">Before which calls it does so.</param>
    /// <returns>What was seen, for the log of the test.</returns>
    public async Task<string> RunAsync(int changes, int atLeast, int atMost, Func<Task>? rotate = null, params int[] at)
    {
        var rotations = new List<Task>();
        var calls = await new SteadyLoad(PerSecond).RunAsync(
            n =>
            {
                if (at.Contains(n))
                    rotations.Add(rotate!());
                return n < atLeast || (n < atMost && Changes < changes);
            },
            CallAsync);
        await Task.WhenAll(rotations);
        Assert.Empty(_failures);
        Assert.True(Changes >= changes, $"Expected {changes} changes of the leaf on each side within {atMost} calls, found {Changes}: {Seen()}");
        return $"{calls} calls, 0 failed, {_retried} tried again; {Seen()}";
    }

    public async ValueTask DisposeAsync()
    {
        await _web.DisposeAsync();
        await _catalog.DisposeAsync();
    }

    private async Task CallAsync(int number)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/leaves")
            {
                Version = number % 2 == 0 ? HttpVersion.Version11 : HttpVersion.Version20,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            };
            using var answer = await _web.Http.SendAsync(request);
            var text = await answer.Content.ReadAsStringAsync();
            if (answer.StatusCode != HttpStatusCode.OK || answer.Version != request.Version || text.Split(' ') is not [var caller, var server])
            {
                _failures.Enqueue($"{number}: {answer.StatusCode} {answer.Version} {text}");
                return;
            }
            _callerLeaves.AddOrUpdate(caller, 1, (_, count) => count + 1);
            _serverLeaves.AddOrUpdate(server, 1, (_, count) => count + 1);
            if (answer.GetMeshCall()?.Attempts.Count > 1)
                Interlocked.Increment(ref _retried);
        }
        catch (Exception error)
        {
            _failures.Enqueue($"{number}: {error}");
        }
    }

    private static int Established(ConcurrentDictionary<string, int> leaves) => leaves.Count(l => l.Value >= PerSecond);

    private string Seen() => $"calls by each leaf of the caller {string.Join(", ", _callerLeaves.Values)}, of the server {string.Join(", ", _serverLeaves.Values)}";
}

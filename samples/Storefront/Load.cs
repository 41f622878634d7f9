using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Json;

namespace Storefront;

/// <summary>One call of the load, as it went.</summary>
/// <param name="At">When it was made, from the start of its act.</param>
/// <param name="Catalog">The catalog instance whose answer it got; null = it failed.</param>
/// <param name="Milliseconds">How long web's call to the catalog took, retries included.</param>
/// <param name="Error">Why it failed.</param>
internal sealed record Sample(TimeSpan At, string? Catalog, double Milliseconds, string? Error);

/// <summary>Open-loop load on web: so many calls a second, however long each takes.</summary>
internal sealed class Load : IDisposable
{
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(10) };

    /// <summary>Calls for so long and waits for the last answer.</summary>
    public async Task<IReadOnlyCollection<Sample>> RunAsync(Uri web, TimeSpan time, ConcurrentQueue<Sample> samples, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        var calls = new List<Task>();
        var count = (int)(time.TotalSeconds * PlayOptions.CallsPerSecond);
        for (var i = 0; i < count; i++)
        {
            var due = TimeSpan.FromSeconds((double)i / PlayOptions.CallsPerSecond) - clock.Elapsed;
            if (due > TimeSpan.Zero)
                await Task.Delay(due, cancellationToken);
            calls.Add(CallAsync(web, clock.Elapsed, samples, cancellationToken));
        }
        await Task.WhenAll(calls);
        return samples;
    }

    public void Dispose() => _client.Dispose();

    private async Task CallAsync(Uri web, TimeSpan at, ConcurrentQueue<Sample> samples, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await _client.GetAsync(web, cancellationToken);
            if (!response.IsSuccessStatusCode)
            {
                samples.Enqueue(new Sample(at, null, 0, $"web answered {(int)response.StatusCode}"));
                return;
            }
            var page = await response.Content.ReadFromJsonAsync<FrontPage>(cancellationToken);
            samples.Enqueue(new Sample(at, page!.Catalog, page.CatalogMilliseconds, null));
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            samples.Enqueue(new Sample(at, null, 0, error.Message));
        }
    }

    private sealed record FrontPage(string Catalog, double CatalogMilliseconds);
}

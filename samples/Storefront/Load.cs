using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Json;

namespace Storefront;

/// <summary>One call of the load, as it went.</summary>
/// <param name="At">When it was made, from the start of the load.</param>
/// <param name="Done">When its answer was there.</param>
/// <param name="Catalog">The catalog instance that served it; null = it failed.</param>
/// <param name="CatalogMilliseconds">How long web's call to the catalog took, retries included, measured in web.</param>
/// <param name="Error">Why it failed.</param>
internal sealed record Sample(TimeSpan At, TimeSpan Done, string? Catalog, double CatalogMilliseconds, string? Error)
{
    /// <summary>How long the page took, measured here.</summary>
    public double PageMilliseconds => (Done - At).TotalMilliseconds;

    /// <summary>The instance of pricing that served it.</summary>
    public string? Pricing { get; init; }

    /// <summary>Whom the catalog took web for; null = it could not know.</summary>
    public Caller? CatalogSaw { get; init; }

    /// <summary>Whom pricing took web for.</summary>
    public Caller? PricingSaw { get; init; }
}

/// <summary>A caller, as the service that it called sees it.</summary>
/// <param name="Id">Its identity.</param>
/// <param name="Authority">The key that signed its certificate.</param>
/// <param name="Serial">The number of the certificate.</param>
internal sealed record Caller(string Id, string Authority, string Serial);

/// <summary>Open-loop load on web: so many calls a second, however long each takes.</summary>
internal sealed class Load : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = s_patience };
    private readonly ConcurrentQueue<Sample> _samples = new();
    private readonly Stopwatch _clock = new();

    /// <summary>The time since the start of the load.</summary>
    public TimeSpan Now => _clock.Elapsed;

    /// <summary>The calls that have ended.</summary>
    public IReadOnlyCollection<Sample> Samples => _samples;

    /// <summary>Calls until told to stop, or for <paramref name="limit"/>, and waits for the last answer.</summary>
    public async Task RunAsync(Uri web, TimeSpan limit, CancellationToken stop)
    {
        _clock.Start();
        var calls = new List<Task>();
        var count = (int)(limit.TotalSeconds * PlayOptions.CallsPerSecond);
        for (var i = 0; i < count && !stop.IsCancellationRequested; i++)
        {
            var due = TimeSpan.FromSeconds((double)i / PlayOptions.CallsPerSecond) - Now;
            if (due > TimeSpan.Zero)
                await Task.Delay(due, stop).ContinueWith(_ => { }, TaskScheduler.Default);
            calls.Add(CallAsync(web));
        }
        await Task.WhenAll(calls);
    }

    public void Dispose() => _client.Dispose();

    private async Task CallAsync(Uri web)
    {
        var at = Now;
        try
        {
            using var response = await _client.GetAsync(web);
            if (!response.IsSuccessStatusCode)
            {
                _samples.Enqueue(new Sample(at, Now, null, 0, $"web answered {(int)response.StatusCode}"));
                return;
            }
            var page = await response.Content.ReadFromJsonAsync<FrontPage>();
            _samples.Enqueue(new Sample(at, Now, page!.Catalog, page.CatalogMilliseconds, null) { Pricing = page.Pricing, CatalogSaw = page.CatalogSaw, PricingSaw = page.PricingSaw });
        }
        catch (TaskCanceledException)
        {
            _samples.Enqueue(new Sample(at, Now, null, 0, $"web did not answer within {s_patience.TotalSeconds} s"));
        }
        catch (Exception error)
        {
            _samples.Enqueue(new Sample(at, Now, null, 0, error.Message));
        }
    }

    private sealed record FrontPage(string Catalog, double CatalogMilliseconds, string Pricing, Caller? CatalogSaw, Caller? PricingSaw);
}

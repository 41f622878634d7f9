using System.Text.Json;

namespace Storefront;

/// <summary>The six services and where they are: started, killed, healed and stopped here; found by asking the registry, as a stranger would.</summary>
internal sealed class Town(Uri registry) : IAsyncDisposable
{
    public static readonly string[] Catalogs = ["catalog-1", "catalog-2", "catalog-3"];

    private const int WarmUpCalls = 30;

    private static readonly TimeSpan s_startLimit = TimeSpan.FromSeconds(20);
    private readonly HttpClient _registry = new(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = registry };
    private readonly HttpClient _direct = new(new SocketsHttpHandler { UseProxy = false });
    // What an earlier run left in the registry is not taken for this one's.
    private readonly string _run = Guid.NewGuid().ToString("N")[..6];
    private readonly Dictionary<string, ServiceProcess> _services = [];
    private readonly Dictionary<string, Uri> _addresses = [];

    /// <summary>Where the load goes.</summary>
    public Uri Web => _addresses["web-1"];

    /// <summary>The last that web printed, for when its calls fail.</summary>
    public string OutputOfWeb => _services.TryGetValue("web-1", out var web) && web.Output.Length > 0 ? $"\nWeb printed:\n{web.Output}" : "";

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        (string Project, string Id)[] all = [.. Catalogs.Select(id => ("Catalog", id)), ("Pricing", "pricing-1"), ("Pricing", "pricing-2"), ("Web", "web-1")];
        foreach (var (project, id) in all)
            _services[id] = ServiceProcess.Start(project, id, $"{id}-{_run}", registry);
        foreach (var (_, id) in all)
            await WaitUntilHealthyAsync(id, null, cancellationToken);
    }

    /// <summary>
    /// Calls everything once in a while, one call at a time: cold code on a small machine is slow enough to be taken for an instance in
    /// trouble, and that is not what the acts are about.
    /// </summary>
    public async Task WarmUpAsync(CancellationToken cancellationToken)
    {
        foreach (var id in Catalogs)
            await WarmUpAsync(new Uri(_addresses[id], "/items"), cancellationToken);
        foreach (var id in (string[])["pricing-1", "pricing-2"])
            await WarmUpAsync(new Uri(_addresses[id], "/prices"), cancellationToken);
        await WarmUpAsync(Web, cancellationToken);
    }

    public Task KillAsync(string id) => _services[id].KillAsync();

    /// <summary>Starts an instance anew in place of the one that was bad, and waits until the registry has it.</summary>
    public async Task ReplaceAsync(string id, CancellationToken cancellationToken)
    {
        var before = _addresses[id];
        await _services[id].StopAsync();
        _services[id].Dispose();
        _services[id] = ServiceProcess.Start("Catalog", id, $"{id}-{_run}", registry);
        await WaitUntilHealthyAsync(id, before, cancellationToken);
        await WarmUpAsync(new Uri(_addresses[id], "/items"), cancellationToken);
    }

    /// <summary>Makes an instance behave otherwise.</summary>
    public async Task SetMoodAsync(string id, string mood, CancellationToken cancellationToken) =>
        (await _direct.PutAsync(new Uri(_addresses[id], $"/mood/{mood}"), null, cancellationToken)).EnsureSuccessStatusCode();

    /// <summary>How many requests have reached an instance; null when it cannot be asked.</summary>
    public async Task<int?> RequestsAsync(string id, CancellationToken cancellationToken)
    {
        if (_services[id].HasExited)
            return null;
        return int.Parse(await _direct.GetStringAsync(new Uri(_addresses[id], "/mood"), cancellationToken), System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>How many catalog instances web has ejected so far.</summary>
    public Task<int> EjectionsAsync(CancellationToken cancellationToken) => AskWebAsync("/ejections", cancellationToken);

    /// <summary>How often web has tried a call to the catalog again so far.</summary>
    public Task<int> RetriesAsync(CancellationToken cancellationToken) => AskWebAsync("/retries", cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_services.Values.Select(s => s.StopAsync()));
        foreach (var service in _services.Values)
            service.Dispose();
        _registry.Dispose();
        _direct.Dispose();
    }

    private async Task<int> AskWebAsync(string path, CancellationToken cancellationToken) =>
        int.Parse(await _direct.GetStringAsync(new Uri(Web, path), cancellationToken), System.Globalization.CultureInfo.InvariantCulture);

    private async Task WarmUpAsync(Uri url, CancellationToken cancellationToken)
    {
        for (var call = 0; call < WarmUpCalls; call++)
            (await _direct.GetAsync(url, cancellationToken)).Dispose();
    }

    private async Task WaitUntilHealthyAsync(string id, Uri? otherThan, CancellationToken cancellationToken)
    {
        var until = TimeProvider.System.GetUtcNow() + s_startLimit;
        while (TimeProvider.System.GetUtcNow() < until)
        {
            if (_services[id].HasExited)
                throw new InvalidOperationException($"{id} has ended by itself. It printed:\n{_services[id].Output}");
            if (await FindAsync(id, cancellationToken) is { } address && address != otherThan)
            {
                _addresses[id] = address;
                return;
            }
            await Task.Delay(TimeSpan.FromMilliseconds(50), cancellationToken);
        }
        throw new TimeoutException($"{id} was not healthy in the registry within {s_startLimit.TotalSeconds} s. It printed:\n{_services[id].Output}");
    }

    private async Task<Uri?> FindAsync(string id, CancellationToken cancellationToken)
    {
        var service = id[..id.LastIndexOf('-')];
        await using var body = await _registry.GetStreamAsync($"/v1/health/service/{service}?passing", cancellationToken);
        using var entries = await JsonDocument.ParseAsync(body, default, cancellationToken);
        foreach (var entry in entries.RootElement.EnumerateArray())
        {
            var found = entry.GetProperty("Service");
            if (found.GetProperty("ID").GetString() == $"{id}-{_run}")
                return new Uri($"http://{found.GetProperty("Address").GetString()}:{found.GetProperty("Port").GetInt32()}");
        }
        return null;
    }
}

using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;

namespace Storefront;

/// <summary>What web's mesh says of its calls to the catalog since its start.</summary>
/// <param name="Retries">Attempts after the first.</param>
/// <param name="Ejections">The reason of each ejection.</param>
internal sealed record MeshFigures(int Retries, string[] Ejections);

/// <summary>The six services and where they are: started, killed, healed and stopped here; found by asking the registry, as a stranger would.</summary>
internal sealed class Town : IAsyncDisposable
{
    public static readonly string[] Catalogs = ["catalog-1", "catalog-2", "catalog-3"];

    public static readonly string[] Pricings = ["pricing-1", "pricing-2"];

    private const int WarmUpCalls = 30;
    private const int WarmUpShoppers = 8;
    private const string AnyPort = "http://127.0.0.1:0";

    private static readonly TimeSpan s_startLimit = TimeSpan.FromSeconds(30);
    private readonly Uri _address;
    private readonly HttpClient _registry;
    private readonly HttpClient _direct = new(new SocketsHttpHandler { UseProxy = false });
    private readonly Dictionary<string, ServiceProcess> _services = [];
    private readonly Dictionary<string, Uri> _addresses = [];
    private Uri? _entrance;

    public Town(Uri registry, HttpClient client)
    {
        _address = registry;
        _registry = client;
    }

    /// <summary>Where the load goes: web, or its entrance for shoppers where it has one.</summary>
    public Uri Web => _entrance ?? _addresses["web-1"];

    /// <summary>The instances that run.</summary>
    public IReadOnlyCollection<string> Ids => _addresses.Keys;

    private bool IsStrict => _entrance is not null;

    /// <summary>The last that web printed, for when its calls fail.</summary>
    public string OutputOfWeb => _services.TryGetValue("web-1", out var web) ? web.Output : "";

    /// <summary>Starts all six services.</summary>
    /// <param name="strict">
    /// Whether they call each other by mutual TLS alone. Shoppers have no certificates, so web has a second endpoint then, which the mesh leaves alone.
    /// </param>
    /// <param name="cancellationToken">Gives it up.</param>
    public async Task StartAsync(bool strict, CancellationToken cancellationToken)
    {
        _entrance = strict ? new Uri($"http://127.0.0.1:{FreePort()}") : null;
        // Asked first, so that a registry that is not there is told as such and not as a service that does not start.
        (await _registry.GetAsync("/v1/status/leader", cancellationToken)).EnsureSuccessStatusCode();
        string[] all = [.. Catalogs, .. Pricings, "web-1"];
        foreach (var id in all)
            _services[id] = Launch(id);
        foreach (var id in all)
            await WaitUntilHealthyAsync(id, cancellationToken);
    }

    /// <summary>
    /// Calls everything a few times, one call at a time: on a small machine that starts six services at once, cold code is slow enough to be taken
    /// for an instance in trouble, and that is not what the acts are about.
    /// </summary>
    public async Task WarmUpAsync(CancellationToken cancellationToken)
    {
        Uri[] pages = IsStrict ? [Web] : [.. Catalogs.Select(id => new Uri(_addresses[id], "/items")), Web];
        foreach (var page in pages)
            await CallAsync(page);
        // A connection by mutual TLS costs far more than a call on it, so those that the load needs are made beforehand, by shoppers who wait their turn.
        if (IsStrict)
            await Task.WhenAll(Enumerable.Repeat(Web, WarmUpShoppers).Select(CallAsync));

        async Task CallAsync(Uri page)
        {
            for (var call = 0; call < WarmUpCalls; call++)
                (await _direct.GetAsync(page, cancellationToken)).Dispose();
        }
    }

    public Task KillAsync(string id) => _services[id].KillAsync();

    public bool HasExited(string id) => _services[id].HasExited;

    /// <summary>Starts an instance anew in place of the one that was bad, and waits until the registry has it.</summary>
    public async Task ReplaceAsync(string id, CancellationToken cancellationToken)
    {
        await _services[id].StopAsync();
        _services[id].Dispose();
        _services[id] = Launch(id);
        await WaitUntilHealthyAsync(id, cancellationToken);
    }

    /// <summary>Makes an instance behave otherwise.</summary>
    public async Task SetMoodAsync(string id, string mood, CancellationToken cancellationToken) =>
        (await _direct.PutAsync(new Uri(_addresses[id], $"/mood/{mood}"), null, cancellationToken)).EnsureSuccessStatusCode();

    /// <summary>How many requests have reached an instance.</summary>
    public async Task<int> RequestsAsync(string id, CancellationToken cancellationToken) =>
        int.Parse(await _direct.GetStringAsync(new Uri(_addresses[id], "/mood"), cancellationToken), CultureInfo.InvariantCulture);

    public async Task<MeshFigures> MeshAsync(CancellationToken cancellationToken) =>
        (await _direct.GetFromJsonAsync<MeshFigures>(new Uri(Web, "/mesh"), cancellationToken))!;

    public async Task<FeedFigures> FeedAsync(CancellationToken cancellationToken) =>
        (await _direct.GetFromJsonAsync<FeedFigures>(new Uri(Web, "/feed"), cancellationToken))!;

    /// <summary>Where an instance is.</summary>
    public Uri AddressOf(string id) => _addresses[id];

    /// <summary>The last that an instance printed.</summary>
    public string OutputOf(string id) => _services[id].Output;

    /// <summary>Stops all services.</summary>
    public async Task StopAsync()
    {
        await Task.WhenAll(_services.Select(s => LeaveAsync(s.Key, s.Value)));
        _services.Clear();
        _addresses.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _direct.Dispose();
    }

    /// <summary>What is different with mutual TLS is here: settings, and no code.</summary>
    private ServiceProcess Launch(string id)
    {
        var project = id.StartsWith("catalog", StringComparison.Ordinal) ? "Catalog" : id.StartsWith("pricing", StringComparison.Ordinal) ? "Pricing" : "Web";
        if (_entrance is null)
            return ServiceProcess.Start(project, id, _address, AnyPort, []);
        var settings = new Dictionary<string, string> { ["Mesh__Security__Mode"] = "Strict" };
        if (project != "Web")
            return ServiceProcess.Start(project, id, _address, AnyPort, settings);
        var entrance = _entrance.GetLeftPart(UriPartial.Authority);
        settings["Mesh__Inbound__ExcludedEndpoints__0"] = entrance;
        return ServiceProcess.Start(project, id, _address, $"{AnyPort};{entrance}", settings);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Stops a service; one that was killed cannot leave the registry by itself.</summary>
    private async Task LeaveAsync(string id, ServiceProcess service)
    {
        try
        {
            if (service.HasExited)
                (await _registry.PutAsync($"/v1/agent/service/deregister/{id}", null)).Dispose();
            else
                await service.StopAsync();
        }
        catch (Exception error) when (error is HttpRequestException or TaskCanceledException)
        {
            // The registry has gone as well.
        }
        service.Dispose();
    }

    private async Task WaitUntilHealthyAsync(string id, CancellationToken cancellationToken)
    {
        var until = TimeProvider.System.GetUtcNow() + s_startLimit;
        while (TimeProvider.System.GetUtcNow() < until)
        {
            if (_services[id].HasExited)
                throw new InvalidOperationException($"{id} has ended by itself. It printed:\n{_services[id].Output}");
            if (await FindAsync(id, _services[id].Run, cancellationToken) is { } address)
            {
                _addresses[id] = address;
                return;
            }
            await Task.Delay(TimeSpan.FromMilliseconds(50), cancellationToken);
        }
        throw new TimeoutException($"{id} was not healthy in the registry within {s_startLimit.TotalSeconds} s. It printed:\n{_services[id].Output}");
    }

    /// <summary>Where an instance is; an older process of the same ID, which the registry may still hold, is another instance.</summary>
    private async Task<Uri?> FindAsync(string id, string run, CancellationToken cancellationToken)
    {
        var service = id[..id.LastIndexOf('-')];
        await using var body = await _registry.GetStreamAsync($"/v1/health/service/{service}?passing", cancellationToken);
        using var entries = await JsonDocument.ParseAsync(body, default, cancellationToken);
        foreach (var entry in entries.RootElement.EnumerateArray())
        {
            var found = entry.GetProperty("Service");
            if (found.GetProperty("ID").GetString() == id && found.GetProperty("Meta").TryGetProperty("run", out var meta) && meta.GetString() == run)
                return new Uri($"{(IsStrict ? "https" : "http")}://{found.GetProperty("Address").GetString()}:{found.GetProperty("Port").GetInt32()}");
        }
        return null;
    }
}

using MeshClient.Benchmarks.Quick;
using Microsoft.Extensions.DependencyInjection;

namespace MeshClient.Benchmarks.Overhead;

/// <summary>A whole call: <c>GetAsync</c>, the body buffered, the response disposed of.</summary>
internal sealed class CallScenario(string name, ServiceProvider provider, Func<IDisposable>? listen = null) : Scenario(name)
{
    private static readonly Uri s_uri = new("items/17", UriKind.Relative);

    private readonly HttpClient _client = provider.GetRequiredService<IHttpClientFactory>().CreateClient(Clients.Name);

    /// <summary>The clients that are compared.</summary>
    public static IReadOnlyList<string> Names { get; } = ["plain", "standard", "mesh", "mesh-telemetry", "mesh-hedging"];

    /// <summary>The call by one of the clients.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="yields">Whether the transport answers on another thread, as a real one does.</param>
    public static CallScenario Create(string name, bool yields) => name switch
    {
        "plain" => new(name, Clients.Plain(yields)),
        "standard" => new(name, Clients.Standard(yields)),
        "mesh" => new(name, Clients.Mesh(yields)),
        "mesh-telemetry" => Listened(name, Clients.Mesh(yields)),
        // A delay that no answer of the stub takes: what it costs to be ready for a hedge.
        "mesh-hedging" => new(name, Clients.Mesh(yields, ($"Mesh:Upstreams:{Clients.Name}:Hedging:Delay", "00:00:01"))),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, $"Expected one of {string.Join(", ", Names)}."),
    };

    public override async Task RunAsync(int count)
    {
        for (var i = 0; i < count; i++)
        {
            using var response = await _client.GetAsync(s_uri);
            response.EnsureSuccessStatusCode();
        }
    }

    public override IDisposable? Enter() => listen?.Invoke();

    public override void Dispose()
    {
        _client.Dispose();
        provider.Dispose();
    }

    private static CallScenario Listened(string name, ServiceProvider provider) => new(name, provider, () => new TelemetryListener(provider));
}

using MeshClient.Clusters;
using MeshClient.Configuration;
using MeshClient.Tests.Doubles;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace MeshClient.Tests.Configuration;

/// <summary>The mesh over a configuration that the test edits and reloads.</summary>
internal sealed class ReloadHost : IDisposable
{
    private readonly Dictionary<string, string?> _settings;
    private readonly IConfigurationRoot _configuration;
    private readonly ServiceProvider _provider;

    public ReloadHost(Dictionary<string, string?> settings, Action<MeshBuilder>? mesh = null)
    {
        _settings = settings;
        _configuration = new ConfigurationBuilder().Add(new Source(settings)).Build();
        _provider = new ServiceCollection().AddSingleton<IConfiguration>(_configuration).AddMesh(mesh)
            .AddSingleton<ILogger<MeshOptionsSource>>(Log).BuildServiceProvider();
        Clusters = _provider.GetRequiredService<ClusterTable>();
    }

    public TestLog<MeshOptionsSource> Log { get; } = new();

    public ClusterTable Clusters { get; }

    public MeshOptionsSource Options => _provider.GetRequiredService<MeshOptionsSource>();

    public IOptionsMonitor<MeshOptions> Monitor => _provider.GetRequiredService<IOptionsMonitor<MeshOptions>>();

    public Cluster? Find(string name) => Clusters.Find(new Uri($"http://{name}/"));

    /// <summary>What was logged under an ID, the oldest first.</summary>
    public string[] Said(int id) => [.. Log.Entries.Where(e => e.Id == id).Select(e => e.Text)];

    /// <summary>Sets keys (null = takes them out) and reloads, as an edited file would.</summary>
    public void Reload(params (string Key, string? Value)[] changes)
    {
        foreach (var (key, value) in changes)
        {
            if (value is null)
                _settings.Remove(key);
            else
                _settings[key] = value;
        }
        _configuration.Reload();
    }

    public void Dispose() => _provider.Dispose();

    private sealed class Source(Dictionary<string, string?> data) : ConfigurationProvider, IConfigurationSource
    {
        public IConfigurationProvider Build(IConfigurationBuilder builder) => this;

        public override void Load() => Data = new Dictionary<string, string?>(data, StringComparer.OrdinalIgnoreCase);
    }
}

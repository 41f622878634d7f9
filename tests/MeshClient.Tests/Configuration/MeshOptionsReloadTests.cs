using MeshClient.Clusters;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace MeshClient.Tests.Configuration;

public sealed class MeshOptionsReloadTests
{
    [Fact]
    public void A_reload_reaches_the_clusters_and_a_bad_one_is_refused()
    {
        var memory = new Dictionary<string, string?> { ["Mesh:Services:catalog:Endpoints:0"] = "127.0.0.1:1", ["Mesh:Upstreams:catalog:Timeout"] = "00:00:02" };
        var configuration = new ConfigurationBuilder().Add(new ReloadingSource(memory)).Build();
        using var provider = new ServiceCollection().AddSingleton<IConfiguration>(configuration).AddMesh().BuildServiceProvider();
        var clusters = provider.GetRequiredService<ClusterTable>();
        var catalog = clusters.Find(new Uri("http://catalog/"))!;
        Assert.Equal(TimeSpan.FromSeconds(2), catalog.Options.Timeout);

        memory["Mesh:Upstreams:catalog:Timeout"] = "00:00:05";
        configuration.Reload();
        Assert.Same(catalog, clusters.Find(new Uri("http://catalog/")));
        Assert.Equal(TimeSpan.FromSeconds(5), catalog.Options.Timeout);

        memory["Mesh:Upstreams:catalog:Timeout"] = "-00:00:05";
        configuration.Reload();
        Assert.Equal(TimeSpan.FromSeconds(5), catalog.Options.Timeout);

        memory["Mesh:Upstreams:catalog:Timeout"] = "five";
        configuration.Reload();
        Assert.Equal(TimeSpan.FromSeconds(5), catalog.Options.Timeout);

        memory["Mesh:Upstreams:catalog:Timeout"] = "00:00:07";
        memory["Mesh:Upstreams:orders:Timeout"] = "00:00:01";
        configuration.Reload();
        Assert.Equal(TimeSpan.FromSeconds(7), catalog.Options.Timeout);
        Assert.NotNull(clusters.Find(new Uri("http://orders/")));
    }

    [Fact]
    public async Task A_host_with_options_that_cannot_be_does_not_start_and_says_why()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration["Mesh:Upstreams:catalog:Timeout"] = "-00:00:05";
        builder.Services.AddMesh();
        using var host = builder.Build();
        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());
        Assert.Contains("Mesh:Upstreams:catalog:Timeout", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Added_twice_it_is_there_once()
    {
        var once = new ServiceCollection().AddMesh();
        var count = once.Count;
        Assert.Equal(count, once.AddMesh().Count);
    }

    private sealed class ReloadingSource(Dictionary<string, string?> data) : ConfigurationProvider, IConfigurationSource
    {
        public IConfigurationProvider Build(IConfigurationBuilder builder) => this;

        public override void Load() => Data = new Dictionary<string, string?>(data, StringComparer.OrdinalIgnoreCase);
    }
}

using Microsoft.Extensions.DependencyInjection;

namespace MeshClient.FunctionalTests.Hook;

/// <summary>Which hosts of URLs are the mesh's.</summary>
public sealed class NamesTests
{
    private static readonly Dictionary<string, string?> s_declared = new() { ["Upstreams:catalog:Service"] = "catalog" };

    [Theory]
    [InlineData("http://catalog/", true)]
    [InlineData("http://CATALOG/", true)]
    [InlineData("http://catalog:80/", true)]
    [InlineData("http://catalog.mesh/", true)]
    [InlineData("http://listed/", true)]
    [InlineData("http://undeclared.mesh/", true)]
    [InlineData("http://undeclared/", false)]
    [InlineData("http://catalog.example/", false)]
    [InlineData("http://catalog.mesh.example/", false)]
    [InlineData("http://localhost/", false)]
    [InlineData("http://127.0.0.1/", false)]
    [InlineData("http://[::1]/", false)]
    public async Task Declared_names_and_those_under_mesh_are(string url, bool isMesh) => await CheckAsync(s_declared, url, isMesh);

    [Theory]
    [InlineData("http://undeclared/", true)]
    [InlineData("http://catalog/", true)]
    [InlineData("http://localhost/", false)]
    [InlineData("http://LOCALHOST/", false)]
    [InlineData("http://127.0.0.1/", false)]
    [InlineData("http://[::1]/", false)]
    [InlineData("http://catalog.example/", false)]
    public async Task Bare_names_are_by_a_setting(string url, bool isMesh) =>
        await CheckAsync(new(s_declared) { ["BareNames"] = "true" }, url, isMesh);

    [Fact]
    public async Task A_name_may_stand_for_another_in_the_registry()
    {
        await using var a = await TestServer.StartAsync("a");
        await using var app = await MeshApp.StartAsync(new() { ["Upstreams:shop:Service"] = "catalog-v2" });
        app.Registry.Say("catalog-v2", a.Endpoint);

        Assert.Equal("a", await app.Client().GetStringAsync("http://shop/"));
        Assert.Equal("shop", Assert.Single(a.Requests).Host);
    }

    [Theory]
    [InlineData("http://catalog:8080/")]
    [InlineData("https://catalog:8443/")]
    [InlineData("http://undeclared.mesh:81/")]
    public async Task A_port_is_an_error_that_says_so(string url)
    {
        await using var app = await MeshApp.StartAsync();

        var error = await Assert.ThrowsAsync<HttpRequestException>(() => app.Client().GetStringAsync(url));

        Assert.Contains("port", error.Message);
        Assert.Contains($"write \"{new Uri(url).Scheme}://{new Uri(url).Host}\"", error.Message);
    }

    [Fact]
    public async Task Without_a_mesh_section_everything_passes_through_with_one_warning()
    {
        var primary = new OwnPrimary();
        await using var app = await MeshApp.StartAsync([], services: s => s.AddHttpClient("").ConfigurePrimaryHttpMessageHandler(() => primary));

        foreach (var url in new[] { "http://catalog/", "http://catalog.mesh/", "http://catalog:8080/" })
            Assert.Equal("own primary", await app.Client().GetStringAsync(url));

        Assert.Equal(0, app.Registry.Begun);
        var warning = Assert.Single(app.Log.All, l => l.Level >= Microsoft.Extensions.Logging.LogLevel.Warning);
        Assert.Contains("no Mesh section", warning.Text);
    }

    [Fact]
    public async Task An_undeclared_name_is_watched_once_it_is_called()
    {
        await using var a = await TestServer.StartAsync("a");
        await using var app = await MeshApp.StartAsync(new() { ["BareNames"] = "true" });
        Assert.Equal(0, app.Registry.Begun);
        app.Registry.Say("late", a.Endpoint);

        Assert.Equal("a", await app.Client().GetStringAsync("http://late/"));
        Assert.Equal("a", await app.Client().GetStringAsync("http://late.mesh/"));

        Assert.Equal(1, app.Registry.Begun);
    }

    private static async Task CheckAsync(Dictionary<string, string?> settings, string url, bool isMesh)
    {
        var primary = new OwnPrimary();
        await using var a = await TestServer.StartAsync("a");
        await using var app = await MeshApp.StartAsync(
            new(settings) { ["Services:listed:Endpoints:0"] = $"127.0.0.1:{a.Port}" },
            services: s => s.AddHttpClient("").ConfigurePrimaryHttpMessageHandler(() => primary));
        foreach (var service in new[] { "catalog", "undeclared" })
            app.Registry.Say(service, a.Endpoint);

        Assert.Equal(isMesh ? "a" : "own primary", await app.Client().GetStringAsync(url));
        Assert.Equal(isMesh ? 1 : 0, a.Requests.Count);
        Assert.Equal(isMesh ? 0 : 1, primary.Seen.Count);
    }
}

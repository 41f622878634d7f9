extern alias catalog;
extern alias pricing;
extern alias web;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using MeshClient.Http;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;

namespace MeshClient.Testing.Tests;

/// <summary>The programs of the sample in one process: the web program under test, the services it calls played by their own test servers.</summary>
public sealed class StorefrontTests : IAsyncLifetime
{
    private readonly TestMesh _mesh = new();
    private readonly TcpListener _consul = new(IPAddress.Loopback, 0);
    private readonly List<IAsyncDisposable> _hosts = [];
    private HttpClient _browser = null!;

    /// <summary>The calls made for a page; beside them the web program follows the price feed, by a stream that never ends.</summary>
    private IEnumerable<RecordedCall> CallsOfPages => _mesh.Calls.Where(c => c.RequestUri.AbsolutePath != "/storefront.Pricing/Watch");

    public ValueTask InitializeAsync()
    {
        _consul.Start();
        foreach (var id in (string[])["catalog-1", "catalog-2"])
            _mesh.Service("catalog").AddInstance(Host<catalog::Program>(id).Server.CreateHandler(), id);
        _mesh.Service("pricing").AddInstance(Host<pricing::Program>("pricing-1").Server.CreateHandler());
        _browser = Host<web::Program>("web-1").CreateClient();
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _consul.Dispose();
    }

    [Fact]
    public async Task The_page_is_made_of_what_the_other_programs_answer()
    {
        var page = await _browser.GetFromJsonAsync<Page>("/");
        Assert.StartsWith("catalog-", page!.Catalog, StringComparison.Ordinal);
        // The price of the kettle changes with time, within ten cents.
        Assert.InRange(page.Items["kettle"], 24.5m, 24.59m);
        Assert.Equal(["/items", "/storefront.Pricing/GetPrices"], CallsOfPages.Select(c => c.RequestUri.AbsolutePath));
        Assert.Equal(page.Catalog, CallsOfPages.First().Instance.Id);
        Assert.Equal("pricing-1", page.Pricing);
    }

    [Fact]
    public async Task When_one_instance_fails_the_other_serves_the_page_until_it_has_come_back()
    {
        var (bad, good) = (_mesh.Service("catalog").Instance("catalog-1"), _mesh.Service("catalog").Instance("catalog-2"));
        var fault = bad.Inject(Fault.Status(HttpStatusCode.ServiceUnavailable));
        for (var i = 0; i < 20; i++)
            Assert.Equal("catalog-2", (await _browser.GetFromJsonAsync<Page>("/"))!.Catalog);
        Assert.NotEqual(0, fault.Hits);
        Assert.Equal(20, good.CallCount);

        good.Remove();
        bad.Heal();
        await _mesh.SettleAsync();
        Assert.Equal("catalog-1", (await _browser.GetFromJsonAsync<Page>("/"))!.Catalog);
    }

    [Fact]
    public async Task The_deadline_of_the_browser_travels_on()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        request.Headers.Add(MeshHeaders.Timeout, "1500m");
        (await _browser.SendAsync(request)).Dispose();
        Assert.Equal(2, CallsOfPages.Count());
        Assert.All(CallsOfPages, c => Assert.InRange(Milliseconds(c.Headers[c.Instance.Service.Name == "pricing" ? "grpc-timeout" : MeshHeaders.Timeout]), 1, 1500));

        static int Milliseconds(string timeout) => int.Parse(timeout.TrimEnd('m'), System.Globalization.CultureInfo.InvariantCulture);
    }

    [Fact]
    public async Task No_program_touches_the_registry_that_it_is_configured_for()
    {
        (await _browser.GetAsync("/")).Dispose();
        // A program that had registered itself leaves the registry as it stops.
        await StopAsync();
        Assert.False(_consul.Pending());
    }

    private WebApplicationFactory<T> Host<T>(string id)
        where T : class
    {
        var host = new WebApplicationFactory<T>().WithWebHostBuilder(builder => builder
            .UseSetting("Mesh:Service:Id", id)
            .UseSetting("Mesh:Service:Port", "5000")
            .UseSetting("Mesh:Consul:Address", $"http://{_consul.LocalEndpoint}")
            .ConfigureTestServices(services => services.AddMeshTesting(_mesh)));
        _hosts.Add(host);
        return host;
    }

    private async Task StopAsync()
    {
        foreach (var host in _hosts)
            await host.DisposeAsync();
        _hosts.Clear();
    }

    private sealed record Page(string Catalog, string Pricing, Dictionary<string, decimal> Items);
}

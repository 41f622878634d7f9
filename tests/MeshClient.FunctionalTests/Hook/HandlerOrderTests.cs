using Microsoft.Extensions.DependencyInjection;

namespace MeshClient.FunctionalTests.Hook;

/// <summary>Users' handlers stay above the mesh, whatever the order of registration.</summary>
public sealed class HandlerOrderTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Users_handlers_run_once_a_call_and_see_the_logical_url(bool before)
    {
        var seen = new List<string>();
        void Add(IServiceCollection services)
        {
            services.AddHttpClient("mine").AddHttpMessageHandler(() => new StampHandler("own", seen));
            services.ConfigureHttpClientDefaults(b => b.AddHttpMessageHandler(() => new StampHandler("default", seen)));
        }
        await using var a = await TestServer.StartAsync("a", Answers.FirstThen(503, 200));
        await using var app = await MeshApp.StartAsync(before: before ? Add : null, services: before ? null : Add);
        app.Registry.Say("catalog", a.Endpoint);

        using var response = await app.Client("mine").GetAsync("http://catalog/items");

        Assert.True(response.IsSuccessStatusCode);
        // Two attempts below, and each handler above has seen one call.
        Assert.Equal(2, a.Requests.Count);
        Assert.Equal(["default http://catalog/items", "own http://catalog/items"], seen.Order());
        Assert.All(a.Requests, r => Assert.Equal(["default", "own"], r.Headers["stamp"].Split(", ").Order()));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_primary_that_the_user_sets_serves_what_is_not_the_meshs(bool before)
    {
        var primary = new OwnPrimary();
        void Add(IServiceCollection services) => services.AddHttpClient("mine").ConfigurePrimaryHttpMessageHandler(() => primary);
        await using var a = await TestServer.StartAsync("a");
        await using var app = await MeshApp.StartAsync(before: before ? Add : null, services: before ? null : Add);
        app.Registry.Say("catalog", a.Endpoint);

        Assert.Equal("a", await app.Client("mine").GetStringAsync("http://catalog/"));
        Assert.Equal("own primary", await app.Client("mine").GetStringAsync("http://elsewhere.example/x"));
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://elsewhere.example/y");
        using var response = app.Client("mine").Send(request);

        Assert.Equal(["http://elsewhere.example/x", "http://elsewhere.example/y"], primary.Seen);
        Assert.Single(a.Requests);
    }

    [Fact]
    public async Task What_is_not_the_meshs_goes_out_untouched()
    {
        await using var a = await TestServer.StartAsync("a");
        await using var app = await MeshApp.StartAsync();

        Assert.Equal("a", await app.Client().GetStringAsync(a.Address));

        Assert.DoesNotContain(Assert.Single(a.Requests).Headers.Keys, k => k.StartsWith("mesh-", StringComparison.OrdinalIgnoreCase));
    }
}

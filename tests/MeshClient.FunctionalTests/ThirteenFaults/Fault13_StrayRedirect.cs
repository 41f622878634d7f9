using System.Net;
using System.Net.Http.Headers;
using Microsoft.Extensions.DependencyInjection;

namespace MeshClient.FunctionalTests.ThirteenFaults;

/// <summary>A redirect to a foreign host went to the endpoint that sent it, with the foreign Host.</summary>
public sealed class Fault13_stray_redirect
{
    private static readonly Dictionary<string, string?> s_settings = new() { ["Upstreams:pricing:Service"] = "pricing" };

    [Fact]
    public async Task A_redirect_to_a_foreign_host_goes_to_the_clients_own_primary_handler()
    {
        await using var foreign = await TestServer.StartAsync("foreign");
        await using var a = await TestServer.StartAsync("a", Redirect(302, $"http://localhost:{foreign.Port}/there?x=1"));
        await using var app = await MeshApp.OfCatalogAsync(a);

        using var response = await SendAsync(app, "http://catalog/here");

        Assert.Equal("foreign", await response.Content.ReadAsStringAsync());
        Assert.Single(a.Requests);
        var seen = Assert.Single(foreign.Requests);
        Assert.Equal(($"localhost:{foreign.Port}", "/there?x=1"), (seen.Host, seen.Target));
        Assert.DoesNotContain("Authorization", seen.Headers.Keys);
        Assert.DoesNotContain("mesh-timeout", seen.Headers.Keys);
        Assert.Equal($"http://localhost:{foreign.Port}/there?x=1", response.RequestMessage!.RequestUri!.ToString());
    }

    [Fact]
    public async Task A_redirect_to_another_service_of_the_mesh_goes_to_its_endpoint()
    {
        await using var p = await TestServer.StartAsync("p");
        await using var a = await TestServer.StartAsync("a", Redirect(307, "http://pricing/there"));
        await using var app = await MeshApp.ConfiguredAsync(new(s_settings), a);
        app.Registry.Say("pricing", p.Endpoint);

        using var response = await SendAsync(app, "http://catalog/here");

        Assert.Equal("p", await response.Content.ReadAsStringAsync());
        Assert.Single(a.Requests);
        var seen = Assert.Single(p.Requests);
        Assert.Equal(("pricing", "/there"), (seen.Host, seen.Target));
        Assert.DoesNotContain("Authorization", seen.Headers.Keys);
    }

    [Fact]
    public async Task A_relative_redirect_stays_with_the_service()
    {
        await using var a = await TestServer.StartAsync("a");
        a.Handle = context => context.Request.Path == "/here" ? Redirect(302, "/there")(context) : context.Response.WriteAsync("there");
        await using var app = await MeshApp.OfCatalogAsync(a);

        using var response = await SendAsync(app, "http://catalog/here");

        Assert.Equal("there", await response.Content.ReadAsStringAsync());
        Assert.Equal(["/here", "/there"], a.Requests.Select(r => r.Target));
        Assert.All(a.Requests, r => Assert.Equal("catalog", r.Host));
    }

    [Fact]
    public async Task A_client_that_wants_no_redirects_gets_the_answer_itself()
    {
        await using var a = await TestServer.StartAsync("a", Redirect(302, "http://localhost:1/"));
        await using var app = await MeshApp.StartAsync(services: s =>
            s.AddHttpClient("plain").ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { AllowAutoRedirect = false }));
        app.Registry.Say("catalog", a.Endpoint);

        using var response = await app.Client("plain").GetAsync("http://catalog/here");

        Assert.Equal(HttpStatusCode.Found, response.StatusCode);
        Assert.Equal("http://localhost:1/", response.Headers.Location!.ToString());
    }

    [Fact]
    public async Task A_circle_of_redirects_ends()
    {
        await using var a = await TestServer.StartAsync("a", Redirect(302, "/again"));
        await using var app = await MeshApp.OfCatalogAsync(a);

        using var response = await SendAsync(app, "http://catalog/again");

        Assert.Equal(HttpStatusCode.Found, response.StatusCode);
        Assert.Equal(21, a.Requests.Count);
    }

    private static RequestDelegate Redirect(int status, string location) => context =>
    {
        context.Response.StatusCode = status;
        context.Response.Headers.Location = location;
        return Task.CompletedTask;
    };

    private static async Task<HttpResponseMessage> SendAsync(MeshApp app, string url)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "secret");
        return await app.Client().SendAsync(request);
    }
}

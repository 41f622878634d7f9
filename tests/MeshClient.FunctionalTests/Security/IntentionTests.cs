using System.Net;
using System.Net.Http.Headers;
using MeshClient.Identity;
using MeshClient.TestKit.Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace MeshClient.FunctionalTests.Security;

/// <summary>Intentions decide each request, and those that run already.</summary>
public sealed class IntentionTests
{
    private static readonly Uri s_root = new("/", UriKind.Relative);
    private static readonly TestAuthority s_authority = TestAuthority.Root();

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task A_change_cuts_in_on_a_living_connection_and_the_rule_stands_in_the_log(string version)
    {
        var intentions = new TestIntentions(allowByDefault: true);
        await using var server = await SecureServer.StartAsync(s_authority, intentions: intentions);
        using var client = Caller.Client(server.Port, s_authority.Issue("api"), Version.Parse(version));
        using var other = Caller.Client(server.Port, s_authority.Issue("other"), Version.Parse(version));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(client));

        intentions.Say(true, TestIntentions.Deny("api"));
        await Eventually.True(async () => await StatusOrEndAsync(client) == HttpStatusCode.Forbidden);

        Assert.Equal("", await (await client.GetAsync(s_root)).Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(other));
        Assert.Contains("is denied by the intention api -> web", Assert.Single(server.Log.Of(1645)).Text);
        intentions.Say(true);
        await Eventually.True(async () => await StatusAsync(client) == HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task A_change_ends_the_streams_that_it_denies_and_no_others(string version)
    {
        var intentions = new TestIntentions(allowByDefault: true);
        await using var server = await SecureServer.StartAsync(s_authority, intentions: intentions, app: app => app.Run(async context =>
        {
            while (!context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.WriteAsync("x");
                await context.Response.Body.FlushAsync();
                await Task.Delay(20, context.RequestAborted);
            }
        }));
        using var client = Caller.Client(server.Port, s_authority.Issue("api"), Version.Parse(version));
        using var other = Caller.Client(server.Port, s_authority.Issue("other"), Version.Parse(version));
        await using var stream = await client.GetStreamAsync(s_root);
        await using var kept = await other.GetStreamAsync(s_root);
        await stream.ReadExactlyAsync(new byte[2]);

        intentions.Say(true, TestIntentions.Deny("api"));

        Assert.NotNull(await Record.ExceptionAsync(() => stream.CopyToAsync(Stream.Null).WaitAsync(TimeSpan.FromSeconds(30))));
        await Eventually.True(() => server.Log.Of(1446).Any());
        Assert.Contains("api -> web", Assert.Single(server.Log.Of(1446)).Text);
        await kept.ReadExactlyAsync(new byte[200]);
    }

    [Fact]
    public async Task A_caller_of_gRPC_gets_its_status_in_an_answer_of_trailers_alone()
    {
        var intentions = new TestIntentions(allowByDefault: false);
        await using var server = await SecureServer.StartAsync(s_authority, intentions: intentions);
        using var client = Caller.Client(server.Port, s_authority.Issue("api"), HttpVersion.Version20);
        using var request = new HttpRequestMessage(HttpMethod.Post, s_root)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent([0, 0, 0, 0, 0]),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");

        using var response = await client.SendAsync(request);

        Assert.Equal((HttpStatusCode.OK, "application/grpc", "7"), (response.StatusCode, response.Content.Headers.ContentType?.MediaType, response.Headers.GetValues("grpc-status").Single()));
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData("/public/a", "200")]
    [InlineData("/private", "403")]
    [InlineData("/public/../private", "403")]
    [InlineData("/public/%2e%2e/private", "403")]
    public async Task Permissions_look_at_the_path_as_it_was_sent(string path, string status)
    {
        var intentions = new TestIntentions(allowByDefault: false);
        intentions.Say(false, TestIntentions.AllowPath("api", "/public"));
        await using var server = await SecureServer.StartAsync(s_authority, intentions: intentions);

        await Eventually.True(async () => (await Caller.GetAsync(server.Port, s_authority.Issue("api"), "/public")).StartsWith("HTTP/1.1 200", StringComparison.Ordinal));
        Assert.StartsWith($"HTTP/1.1 {status}", await Caller.GetAsync(server.Port, s_authority.Issue("api"), path));
    }

    [Fact]
    public async Task Nothing_of_the_applications_sees_a_denied_request_though_it_was_added_before()
    {
        var seen = new Seen();
        var intentions = new TestIntentions(allowByDefault: true);
        await using var server = await SecureServer.StartAsync(
            s_authority, intentions: intentions, before: services => services.AddSingleton<IStartupFilter>(seen));
        Assert.Contains("api by", await Caller.GetAsync(server.Port, s_authority.Issue("api")));
        Assert.Equal(1, seen.Requests);

        intentions.Say(true, TestIntentions.Deny("api"));
        await Eventually.True(() => server.Log.Of(1640).Count() == 2);
        Assert.StartsWith("HTTP/1.1 403", await Caller.GetAsync(server.Port, s_authority.Issue("api")));
        Assert.Equal(1, seen.Requests);
    }

    [Fact]
    public async Task A_dry_run_serves_and_logs()
    {
        var intentions = new TestIntentions(allowByDefault: false);
        await using var server = await SecureServer.StartAsync(s_authority, intentions: intentions, settings: new() { ["Mesh:Security:DryRun"] = "true" });

        Assert.Contains("api by", await Caller.GetAsync(server.Port, s_authority.Issue("api")));
        Assert.Contains("is denied by default", Assert.Single(server.Log.Of(1646)).Text);
        Assert.Empty(server.Log.Of(1645));
    }

    [Fact]
    public async Task A_caller_in_plain_text_is_one_that_no_intention_names()
    {
        var intentions = new TestIntentions(allowByDefault: false);
        await using var server = await SecureServer.StartAsync(s_authority, SecurityMode.Permissive, intentions: intentions);

        Assert.StartsWith("HTTP/1.1 403", await Caller.SendAsync(server.Port, Caller.PlainRequest()));
    }

    // Null: it ran at the very moment of the change, and was ended.
    private static async Task<HttpStatusCode?> StatusOrEndAsync(HttpClient client)
    {
        try
        {
            return await StatusAsync(client);
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    private static async Task<HttpStatusCode> StatusAsync(HttpClient client)
    {
        using var response = await client.GetAsync(s_root);
        return response.StatusCode;
    }

    /// <summary>Middleware of the application's own, added as a filter.</summary>
    private sealed class Seen : IStartupFilter
    {
        public int Requests { get; private set; }

        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use((context, rest) =>
            {
                Requests++;
                return rest(context);
            });
            next(app);
        };
    }
}

using System.Net;
using MeshClient.Http;
using MeshClient.Identity;
using MeshClient.TestKit.Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace MeshClient.FunctionalTests.Security;

/// <summary>What the log says of whom is denied, and that a caller cannot write it.</summary>
public sealed class DenialLogTests
{
    private static readonly TestAuthority s_authority = TestAuthority.Root();

    [Fact]
    public async Task A_denial_names_the_request_without_its_query_the_address_and_how_many_were_held_back()
    {
        var intentions = new TestIntentions(allowByDefault: false);
        intentions.Say(false, TestIntentions.AllowPath("api", "/public"));
        await using var server = await SecureServer.StartAsync(s_authority, intentions: intentions);
        await Eventually.True(() => server.Log.Of(1640).Count() == 2);

        for (var i = 0; i < 3; i++)
            Assert.StartsWith("HTTP/1.1 403", await Caller.GetAsync(server.Port, s_authority.Issue("api"), "/private/%20" + new string('x', 1000) + "?token=secret"));
        server.Time.Advance(TimeSpan.FromSeconds(10));
        await Caller.GetAsync(server.Port, s_authority.Issue("api"), "/private");

        var lines = server.Log.Of(1645).Select(l => l.Text).ToArray();
        Assert.Equal(2, lines.Length);
        Assert.StartsWith("GET /private/%20xxx", lines[0], StringComparison.Ordinal);
        Assert.DoesNotContain("secret", lines[0], StringComparison.Ordinal);
        Assert.DoesNotContain(new string('x', 200), lines[0], StringComparison.Ordinal);
        Assert.StartsWith("GET /private from 127.0.0.1 was denied; 2 more of the kind", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_caller_in_plain_text_is_counted_and_logged_by_its_connection_whatever_the_application_takes_for_its_address()
    {
        await using var server = await SecureServer.StartAsync(
            s_authority, SecurityMode.Permissive, before: services => services.AddSingleton<IStartupFilter, OtherAddress>());

        await Caller.SendAsync(server.Port, Caller.PlainRequest());

        Assert.Contains("127.0.0.1 calls in plain text", Assert.Single(server.Log.Of(1441)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_header_that_cannot_be_read_is_logged_once_in_a_while_and_cut()
    {
        await using var server = await SecureServer.StartAsync(s_authority);
        await using var stream = await Caller.OpenAsync(server.Port, s_authority.Issue("api"));
        var headers = $"{MeshHeaders.Timeout}: {new string('9', 5000)}\r\n";
        await Caller.AskAsync(stream, headers: headers);
        await Caller.AskAsync(stream, headers: headers + "Connection: close\r\n");

        Assert.InRange(Assert.Single(server.Log.Of(1401)).Text.Length, 200, 500);
    }

    private sealed class OtherAddress : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use((context, rest) =>
            {
                context.Connection.RemoteIpAddress = IPAddress.Parse("203.0.113.9");
                return rest(context);
            });
            next(app);
        };
    }
}

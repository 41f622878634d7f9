using System.Security.Claims;
using MeshClient.AspNetCore.Security;
using MeshClient.Identity;
using MeshClient.TestKit.Certificates;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace MeshClient.FunctionalTests.Security;

/// <summary>Who the caller is, for the application.</summary>
public sealed class CallerIdentityTests
{
    private static readonly TestAuthority s_authority = TestAuthority.Root();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Authorize_and_policies_go_by_the_certificate(bool byHand)
    {
        await using var server = await SecureServer.StartAsync(s_authority, SecurityMode.Permissive, services: services =>
        {
            var authentication = services.AddAuthentication();
            if (byHand)
                authentication.AddMesh().AddMesh();
            services.AddAuthorizationBuilder().AddPolicy("api only", p => p.AddAuthenticationSchemes(MeshAuthentication.Scheme).RequireUserName("api"));
        }, app: app =>
        {
            app.UseRouting();
            app.UseAuthentication();
            app.UseAuthorization();
            app.MapGet("/mesh", [Authorize(AuthenticationSchemes = MeshAuthentication.Scheme)] (HttpContext context) =>
                string.Join("|", new[] { ClaimTypes.Name, MeshAuthentication.SpiffeIdClaim, MeshAuthentication.NamespaceClaim, MeshAuthentication.PartitionClaim, MeshAuthentication.DatacenterClaim, MeshAuthentication.TrustDomainClaim }
                    .Select(t => context.User.FindFirstValue(t))));
            app.MapGet("/api", () => "for api").RequireAuthorization("api only");
        });

        Assert.Contains(
            $"api|spiffe://{s_authority.TrustDomain}/ns/default/dc/dc1/svc/api|default|default|dc1|{s_authority.TrustDomain}", await Caller.GetAsync(server.Port, s_authority.Issue("api"), "/mesh"));
        Assert.Contains("for api", await Caller.GetAsync(server.Port, s_authority.Issue("api"), "/api"));
        Assert.StartsWith("HTTP/1.1 403", await Caller.GetAsync(server.Port, s_authority.Issue("other"), "/api"));
        Assert.StartsWith("HTTP/1.1 403", await Caller.SendAsync(server.Port, Caller.PlainRequest("/mesh")));
    }

    [Theory]
    [InlineData(SecurityMode.Strict, false, "Mesh")]
    [InlineData(SecurityMode.Strict, true, "Cookies")]
    [InlineData(SecurityMode.Off, true, "Cookies")]
    [InlineData(SecurityMode.Off, false, null)]
    public async Task The_scheme_is_the_default_only_where_the_application_has_no_other(SecurityMode mode, bool hasOther, string? expected)
    {
        await using var server = await SecureServer.StartAsync(s_authority, mode, services: services =>
        {
            var authentication = services.AddAuthentication();
            if (hasOther)
                authentication.AddCookie(CookieAuthenticationDefaults.AuthenticationScheme);
        });

        var schemes = server.Services.GetRequiredService<IAuthenticationSchemeProvider>();

        Assert.Equal(expected, (await schemes.GetDefaultAuthenticateSchemeAsync())?.Name);
        Assert.Equal(mode != SecurityMode.Off, await schemes.GetSchemeAsync(MeshAuthentication.Scheme) is not null);
    }

    [Theory]
    [InlineData("1.1", false)]
    [InlineData("2.0", false)]
    [InlineData("2.0", true)]
    public async Task A_connection_ends_with_the_certificate_of_its_caller_or_the_one_behind_it(string version, bool intermediate)
    {
        var end = DateTimeOffset.UtcNow.AddMinutes(10);
        var leaf = intermediate
            ? s_authority.Intermediate(end).Issue("api")
            : s_authority.Issue(new LeafRequest { Service = "api", NotAfter = end });
        await using var server = await SecureServer.StartAsync(s_authority, app: app => app.Run(async context =>
        {
            await context.Response.WriteAsync(context.GetMeshCaller().NotAfter is null ? "no end" : "begun");
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        }));
        using var client = Caller.Client(server.Port, leaf, Version.Parse(version));
        await using var stream = await client.GetStreamAsync(new Uri("/", UriKind.Relative));
        await stream.ReadExactlyAsync(new byte[5]);

        server.Time.Advance(TimeSpan.FromMinutes(11));

        Assert.NotNull(await Record.ExceptionAsync(async () => await stream.ReadExactlyAsync(new byte[1]).AsTask().WaitAsync(TimeSpan.FromSeconds(30))));
        Assert.Contains("svc/api", Assert.Single(server.Log.Of(1445)).Text);
        // A new one by the same certificate does not come to be.
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync(new Uri("/", UriKind.Relative)));
    }

    [Fact]
    public async Task Certificates_are_replaced_under_calls_and_roots_with_them()
    {
        var next = TestAuthority.Root();
        await using var server = await SecureServer.StartAsync(s_authority);
        var seen = new HashSet<string>();
        var failed = 0;
        for (var i = 0; i < 60; i++)
        {
            if (i == 20)
                server.Identity.Say(next, next.Issue(SecureServer.Service), s_authority);
            try
            {
                // Each is a handshake of its own, and the caller's root is an old one.
                await using var stream = await Caller.OpenAsync(server.Port, s_authority.Issue("api"));
                seen.Add(stream.RemoteCertificate!.Issuer);
                if (!(await Caller.AskAsync(stream)).Contains("api by", StringComparison.Ordinal))
                    failed++;
            }
            catch (Exception error) when (error is IOException or System.Security.Authentication.AuthenticationException)
            {
                failed++;
            }
        }

        Assert.Equal((0, 2), (failed, seen.Count));
        Assert.Contains("api by", await Caller.GetAsync(server.Port, next.Issue("api")));
    }
}

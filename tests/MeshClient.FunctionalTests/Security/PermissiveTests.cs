using System.Diagnostics.Metrics;
using MeshClient.Identity;
using MeshClient.TestKit.Certificates;
using Microsoft.Extensions.DependencyInjection;

namespace MeshClient.FunctionalTests.Security;

/// <summary>TLS and plain text on one port, for a migration.</summary>
public sealed class PermissiveTests
{
    private static readonly TestAuthority s_authority = TestAuthority.Root();

    [Fact]
    public async Task Plain_text_is_served_without_an_identity_counted_and_logged_once_in_a_while()
    {
        await using var server = await SecureServer.StartAsync(s_authority, SecurityMode.Permissive);
        var counted = new List<string>();
        using var listener = new MeterListener();
        var meters = server.Services.GetRequiredService<IMeterFactory>();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Name == "mesh.inbound.plain_requests" && instrument.Meter.Scope == meters)
                self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((_, _, tags, _) => counted.Add($"{tags[0].Key}={tags[0].Value}"));
        listener.Start();

        var answers = new[]
        {
            await Caller.SendAsync(server.Port, Caller.PlainRequest()), await Caller.SendAsync(server.Port, Caller.PlainRequest()),
            await Caller.GetAsync(server.Port, s_authority.Issue("api")),
        };

        Assert.Equal(["nobody by HTTP/1.1 http", "nobody by HTTP/1.1 http", "api by HTTP/1.1 https"], answers.Select(a => a.Split("\r\n").First(l => l.Contains(" by "))));
        Assert.Equal(["client.address=127.0.0.1", "client.address=127.0.0.1"], counted);
        Assert.Contains("127.0.0.1 calls in plain text", Assert.Single(server.Log.Of(1441)).Text);
    }

    [Fact]
    public async Task TLS_without_a_certificate_and_garbage_are_refused_here_as_well()
    {
        await using var server = await SecureServer.StartAsync(s_authority, SecurityMode.Permissive);

        Assert.Equal(Caller.Refused, await Caller.GetAsync(server.Port, null));
        Assert.Equal(Caller.Refused, await Caller.SendAsync(server.Port, [0x01, 0x02]));

        Assert.Equal(2, server.Log.Of(1440).Count());
    }

    [Fact]
    public async Task Off_leaves_the_server_as_it_is()
    {
        await using var server = await SecureServer.StartAsync(s_authority, SecurityMode.Off);

        Assert.Contains("nobody by HTTP/1.1 http", await Caller.SendAsync(server.Port, Caller.PlainRequest()));
        Assert.Empty(server.Log.Of(1442));
    }
}

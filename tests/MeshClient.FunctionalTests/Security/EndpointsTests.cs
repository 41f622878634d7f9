using System.Net;
using MeshClient.Consul.Registration;
using MeshClient.Identity;
using MeshClient.TestKit.Certificates;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace MeshClient.FunctionalTests.Security;

/// <summary>Which endpoints are the mesh's, however they were made.</summary>
public sealed class EndpointsTests
{
    private static readonly TestAuthority s_authority = TestAuthority.Root();

    [Fact]
    public async Task An_endpoint_of_code_can_be_left_alone()
    {
        await using var server = await SecureServer.StartAsync(s_authority, kestrel: o =>
        {
            o.Listen(IPAddress.Loopback, 0);
            o.Listen(IPAddress.Loopback, 0, l => l.ExcludeFromMesh());
        });

        await IsMeshAsync(server.Ports[0]);
        await IsPlainAsync(server.Ports[1]);
    }

    [Theory]
    [InlineData("Mesh:Inbound:ExcludedEndpoints:0", "public")]
    [InlineData("Mesh:Inbound:Endpoints:0", "Mesh")]
    [InlineData("Mesh:Inbound:ExcludedEndpoints:0", "http://127.0.0.1:{public}")]
    [InlineData("Mesh:Inbound:Endpoints:0", "http://127.0.0.1:{mesh}")]
    public async Task Endpoints_of_the_configuration_go_by_name_or_address(string key, string value)
    {
        var (mesh, open) = (FreePort(), FreePort());
        await using var server = await SecureServer.StartAsync(s_authority, kestrel: Configured(mesh, open), settings: new()
        {
            [key] = value.Replace("{public}", $"{open}").Replace("{mesh}", $"{mesh}"),
        });

        await IsMeshAsync(mesh);
        await IsPlainAsync(open);
    }

    [Theory]
    [InlineData("http")]
    [InlineData("https")]
    public async Task Endpoints_of_URLS_are_the_meshs_and_need_no_certificate_of_their_own(string scheme)
    {
        var port = FreePort();
        await using var server = await SecureServer.StartAsync(s_authority, kestrel: _ => { }, settings: new() { ["urls"] = $"{scheme}://127.0.0.1:{port}" });

        await IsMeshAsync(port);
        Assert.StartsWith($"{scheme}://", server.Addresses.Single());
    }

    [Fact]
    public async Task An_endpoint_of_https_takes_no_plain_text_though_the_mode_is_permissive()
    {
        var port = FreePort();
        await using var server = await SecureServer.StartAsync(s_authority, SecurityMode.Permissive, kestrel: _ => { }, settings: new() { ["urls"] = $"https://127.0.0.1:{port}" });

        await IsMeshAsync(port);
    }

    [Fact]
    public async Task Defaults_that_replace_the_meshs_are_an_error_at_the_start()
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => SecureServer.StartAsync(s_authority, kestrel: o =>
        {
            o.ConfigureEndpointDefaults(_ => { });
            o.Listen(IPAddress.Loopback, 0);
        }));

        Assert.Contains("Call listen.UseMesh() in it", error.Message);
    }

    [Fact]
    public async Task Defaults_of_the_applications_own_can_call_the_mesh()
    {
        await using var server = await SecureServer.StartAsync(s_authority, kestrel: o =>
        {
            o.ConfigureEndpointDefaults(l => l.UseMesh());
            o.Listen(IPAddress.Loopback, 0);
        });

        await IsMeshAsync(server.Port);
    }

    [Theory]
    [InlineData("Endpoints", "privat")]
    [InlineData("ExcludedEndpoints", "http://127.0.0.1:1")]
    public async Task An_endpoint_that_is_none_is_an_error_at_the_start(string key, string value)
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => SecureServer.StartAsync(
            s_authority, kestrel: Configured(FreePort(), FreePort()), settings: new() { [$"Mesh:Inbound:{key}:0"] = value }));

        Assert.Contains($"found \"{value}\"", error.Message);
        Assert.Contains("mesh, public", error.Message);
    }

    [Fact]
    public async Task Names_at_one_address_that_cannot_be_told_apart_are_an_error_at_the_start()
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => SecureServer.StartAsync(
            s_authority, kestrel: Configured(0, 0), settings: new() { ["Mesh:Inbound:ExcludedEndpoints:0"] = "public" }));

        Assert.Contains("a port of its own", error.Message);
    }

    [Theory]
    [InlineData("Http", null)]
    [InlineData("Grpc", null)]
    [InlineData("Tcp", null)]
    [InlineData("Http", "mesh")]
    public async Task A_check_by_the_agent_on_an_endpoint_of_the_mesh_is_an_error_at_the_start(string type, string? endpoint)
    {
        var (mesh, open) = (FreePort(), FreePort());
        var settings = new Dictionary<string, string?> { ["Mesh:Service:Check:Type"] = type, ["Mesh:Inbound:ExcludedEndpoints:0"] = "public" };
        if (endpoint is not null)
            settings["Mesh:Service:Check:Port"] = $"{mesh}";

        var error = await Record.ExceptionAsync(() => SecureServer.StartAsync(s_authority, kestrel: Configured(mesh, open), settings: settings));

        Assert.Contains("Mesh:Service:Check:Port", Assert.IsAssignableFrom<Exception>(error).Message);
        settings["Mesh:Service:Check:Port"] = $"{open}";
        await using var server = await SecureServer.StartAsync(s_authority, kestrel: Configured(mesh, open), settings: settings);
        await IsPlainAsync(open);
    }

    [Fact]
    public async Task A_check_by_the_agent_on_an_endpoint_of_the_mesh_is_told_where_plain_text_is_still_served()
    {
        var (mesh, open) = (FreePort(), FreePort());
        var settings = new Dictionary<string, string?> { ["Mesh:Service:Check:Type"] = "Http", ["Mesh:Inbound:ExcludedEndpoints:0"] = "public" };
        await using (var server = await SecureServer.StartAsync(s_authority, SecurityMode.Permissive, kestrel: Configured(mesh, open), settings: settings))
            Assert.Contains("a default of deny refuses it", Assert.Single(server.Log.Of(1448)).Text);

        (mesh, open) = (FreePort(), FreePort());
        settings["Mesh:Service:Check:Port"] = $"{open}";
        await using var other = await SecureServer.StartAsync(s_authority, SecurityMode.Permissive, kestrel: Configured(mesh, open), settings: settings);
        Assert.Empty(other.Log.Of(1448));
    }

    [Fact]
    public async Task A_port_of_the_service_that_is_not_the_meshs_is_an_error_at_the_start()
    {
        var (mesh, open) = (FreePort(), FreePort());
        var settings = new Dictionary<string, string?> { ["Mesh:Service:Port"] = $"{open}", ["Mesh:Inbound:ExcludedEndpoints:0"] = "public" };
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => SecureServer.StartAsync(s_authority, kestrel: Configured(mesh, open), settings: settings));
        Assert.Contains("Mesh:Service:Port", error.Message);
        settings["Mesh:Service:Port"] = $"{mesh}";
        await using var server = await SecureServer.StartAsync(s_authority, kestrel: Configured(mesh, open), settings: settings);
        await IsMeshAsync(mesh);
    }

    [Fact]
    public async Task Endpoints_that_share_a_port_are_told_apart_by_their_address()
    {
        var port = FreePort();
        await using var server = await SecureServer.StartAsync(s_authority, kestrel: o =>
        {
            o.Listen(IPAddress.Loopback, port);
            o.Listen(IPAddress.Parse("127.0.0.2"), port, l => l.ExcludeFromMesh());
        });
        var address = await server.Services.GetRequiredService<IAdvertisedAddress>().GetAsync(default);
        Assert.Equal(new AdvertisedAddress("127.0.0.1", port, IsNative: true), address);
    }

    private static async Task IsMeshAsync(int port)
    {
        Assert.Contains("api by HTTP/1.1 https", await Caller.GetAsync(port, s_authority.Issue("api")));
        Assert.Equal(Caller.Refused, await Caller.GetAsync(port, null));
        Assert.Equal(Caller.Refused, await Caller.SendAsync(port, Caller.PlainRequest()));
    }

    private static async Task IsPlainAsync(int port) => Assert.Contains("nobody by HTTP/1.1 http", await Caller.SendAsync(port, Caller.PlainRequest()));

    private static Action<KestrelServerOptions> Configured(int mesh, int open) => options => options.Configure(new ConfigurationBuilder().AddInMemoryCollection(
        new Dictionary<string, string?> { ["Endpoints:mesh:Url"] = $"http://127.0.0.1:{mesh}", ["Endpoints:public:Url"] = $"http://127.0.0.1:{open}" }).Build());

    private static int FreePort()
    {
        using var socket = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}

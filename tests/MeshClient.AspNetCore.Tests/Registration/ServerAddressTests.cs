using MeshClient.AspNetCore.Registration;
using MeshClient.Consul.Registration;

namespace MeshClient.AspNetCore.Tests.Registration;

public sealed class ServerAddressTests
{
    [Theory]
    [InlineData("http://127.0.0.1:5000", "127.0.0.1", 5000)]
    [InlineData("http://10.1.2.3:8080", "10.1.2.3", 8080)]
    [InlineData("http://[::1]:5000", "::1", 5000)]
    [InlineData("http://localhost:5000", "127.0.0.1", 5000)]
    [InlineData("http://0.0.0.0:5000", null, 5000)]
    [InlineData("http://[::]:5000", null, 5000)]
    [InlineData("http://*:5000", null, 5000)]
    [InlineData("http://+:5000", null, 5000)]
    [InlineData("http://shop.example:5000", null, 5000)]
    public void The_servers_own_address_is_advertised_unless_it_is_any(string bound, string? host, int port) =>
        Assert.Equal(new AdvertisedAddress(host, port), ServerAddress.Choose(new ServiceOptions(), [bound]));

    [Theory]
    [InlineData("http://10.0.0.1:0")]
    [InlineData("http://10.0.0.1:65536")]
    [InlineData("http://unix:/tmp/web.sock")]
    [InlineData("nonsense")]
    [InlineData("http://unix:/")]
    public void What_is_no_address_that_can_be_called_is_left_out(string bound) => Assert.Null(ServerAddress.Choose(new ServiceOptions(), [bound]));

    [Fact]
    public void Http_comes_before_https_unless_https_is_wished()
    {
        string[] bound = ["https://10.0.0.1:5001", "http://10.0.0.1:5000"];
        Assert.Equal(new AdvertisedAddress("10.0.0.1", 5000, "http"), ServerAddress.Choose(new ServiceOptions(), bound));
        Assert.Equal(new AdvertisedAddress("10.0.0.1", 5001, "https"), ServerAddress.Choose(new ServiceOptions { Scheme = "https" }, bound));
    }

    [Fact]
    public void What_other_hosts_reach_comes_before_loopback() =>
        Assert.Equal(new AdvertisedAddress(null, 5001), ServerAddress.Choose(new ServiceOptions(), ["http://127.0.0.1:5000", "http://0.0.0.0:5001"]));

    [Fact]
    public void What_the_mesh_leaves_alone_is_not_advertised()
    {
        string[] bound = ["http://10.0.0.1:5000", "http://127.0.0.1:5001"];
        Assert.Equal(new AdvertisedAddress("127.0.0.1", 5001, IsNative: true), ServerAddress.Choose(new ServiceOptions(), bound, a => a == bound[0], isNative: true));
        // Two endpoints may share a port.
        Assert.Equal(new AdvertisedAddress("10.0.0.1", 80, IsNative: true), ServerAddress.Choose(
            new ServiceOptions(), ["http://127.0.0.1:80", "http://10.0.0.1:80"], a => a == "http://127.0.0.1:80", isNative: true));
        Assert.Null(ServerAddress.Choose(new ServiceOptions(), bound, _ => true, isNative: true));
        Assert.True(ServerAddress.Choose(new ServiceOptions { Port = 5000 }, bound, isNative: true)!.IsNative);
    }

    [Fact]
    public void What_is_configured_wins()
    {
        var options = new ServiceOptions { Address = "203.0.113.7", Port = 443, Scheme = "https" };
        Assert.Equal(new AdvertisedAddress("203.0.113.7", 443, "https"), ServerAddress.Choose(options, ["http://0.0.0.0:5000"]));
        Assert.Equal(new AdvertisedAddress("203.0.113.7", 5000), ServerAddress.Choose(new ServiceOptions { Address = "203.0.113.7" }, ["http://0.0.0.0:5000"]));
        Assert.Equal(new AdvertisedAddress("10.0.0.1", 5000), ServerAddress.Choose(new ServiceOptions { Port = 5000 }, ["http://10.0.0.1:5000"]));
    }

    [Theory]
    [InlineData("http://unix:/run/web.sock")]
    [InlineData("http://pipe:/web")]
    [InlineData("nonsense")]
    public void A_server_that_others_cannot_connect_to_is_not_advertised(string bound) =>
        Assert.Null(ServerAddress.Choose(new ServiceOptions(), [bound]));
}

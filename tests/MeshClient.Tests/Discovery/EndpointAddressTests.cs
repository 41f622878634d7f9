using MeshClient.Discovery;

namespace MeshClient.Tests.Discovery;

public sealed class EndpointAddressTests
{
    [Theory]
    [InlineData("10.0.0.1:8080", "10.0.0.1", 8080)]
    [InlineData("[::1]:80", "::1", 80)]
    [InlineData("web-1.internal:65535", "web-1.internal", 65535)]
    public void Addresses_are_read(string text, string host, int port)
    {
        Assert.True(EndpointAddress.TryParse(text, out var address, out var error), error);
        Assert.Equal(new EndpointAddress(host, port), address);
    }

    [Theory]
    [InlineData(null, "found nothing")]
    [InlineData("web", "add the port")]
    [InlineData("[::1]", "add the port")]
    [InlineData("::1", "in brackets")]
    [InlineData("fe80::1:8080", "in brackets")]
    [InlineData("web:0", "1 to 65535")]
    [InlineData("web:65536", "1 to 65535")]
    [InlineData("web:http", "1 to 65535")]
    [InlineData(":80", "host name")]
    [InlineData("http://web:80", "leave out the scheme")]
    [InlineData("web:80/path", "paths")]
    [InlineData("we b:80", "white space")]
    public void Errors_name_the_remedy(string? text, string expected)
    {
        Assert.False(EndpointAddress.TryParse(text, out _, out var error));
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }
}

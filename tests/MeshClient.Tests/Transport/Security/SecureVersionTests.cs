using MeshClient.Transport.Security;

namespace MeshClient.Tests.Transport.Security;

public sealed class SecureVersionTests
{
    [Theory]
    [InlineData("1.1", HttpVersionPolicy.RequestVersionOrLower, "1.1", HttpVersionPolicy.RequestVersionOrLower)]
    [InlineData("1.1", HttpVersionPolicy.RequestVersionExact, "1.1", HttpVersionPolicy.RequestVersionExact)]
    [InlineData("2.0", HttpVersionPolicy.RequestVersionOrLower, "2.0", HttpVersionPolicy.RequestVersionOrLower)]
    [InlineData("2.0", HttpVersionPolicy.RequestVersionExact, "2.0", HttpVersionPolicy.RequestVersionExact)]
    [InlineData("1.1", HttpVersionPolicy.RequestVersionOrHigher, "2.0", HttpVersionPolicy.RequestVersionOrLower)]
    [InlineData("2.0", HttpVersionPolicy.RequestVersionOrHigher, "2.0", HttpVersionPolicy.RequestVersionExact)]
    [InlineData("3.0", HttpVersionPolicy.RequestVersionOrLower, "2.0", HttpVersionPolicy.RequestVersionOrLower)]
    public void No_request_is_left_that_HTTP3_could_take(string asked, HttpVersionPolicy policy, string sent, HttpVersionPolicy sentPolicy)
    {
        using var request = new HttpRequestMessage { Version = new Version(asked), VersionPolicy = policy };
        SecureVersion.Cap(request);
        Assert.Equal((new Version(sent), sentPolicy), (request.Version, request.VersionPolicy));
    }

    [Theory]
    [InlineData(HttpVersionPolicy.RequestVersionExact)]
    [InlineData(HttpVersionPolicy.RequestVersionOrHigher)]
    public void A_request_that_takes_HTTP3_alone_is_refused_with_the_remedy(HttpVersionPolicy policy)
    {
        using var request = new HttpRequestMessage { Version = new Version(3, 0), VersionPolicy = policy };
        var error = Assert.Throws<SecureVersionException>(() => SecureVersion.Cap(request));
        Assert.Equal(HttpRequestError.VersionNegotiationError, error.HttpRequestError);
        Assert.Contains("RequestVersionOrLower", error.Message, StringComparison.Ordinal);
    }
}

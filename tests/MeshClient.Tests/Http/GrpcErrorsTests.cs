using Grpc.Core;
using MeshClient.Http;
using MeshClient.Identity;
using MeshClient.Transport;

namespace MeshClient.Tests.Http;

public sealed class GrpcErrorsTests
{
    [Theory]
    [InlineData(HttpRequestError.ConfigurationLimitExceeded, StatusCode.ResourceExhausted)]
    [InlineData(HttpRequestError.InvalidResponse, StatusCode.Internal)]
    [InlineData(HttpRequestError.ResponseEnded, StatusCode.Unavailable)]
    [InlineData(HttpRequestError.HttpProtocolError, StatusCode.Unavailable)]
    public void What_was_wrong_with_the_answer_is_found_below_what_the_transport_says_of_it(HttpRequestError cause, StatusCode status)
    {
        Assert.Equal(status, GrpcErrors.Of(new HttpRequestException(HttpRequestError.Unknown, "", new IOException("", new HttpRequestException(cause)))).StatusCode);
        Assert.Equal(status, GrpcErrors.Of(new IOException("", new HttpIOException(cause))).StatusCode);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Without_a_proven_identity_of_either_side_it_is_unavailable(bool isOwn) =>
        Assert.Equal(StatusCode.Unavailable, GrpcErrors.Of(new MeshIdentityException(PeerVerdict.Expired, "expired", isOwn)).StatusCode);

    [Fact]
    public void A_peer_that_hangs_up_before_its_first_byte_is_unavailable()
    {
        var error = new HttpIOException(HttpRequestError.InvalidResponse, "no handshake", new MissingPrefaceException("a1", inner: null));
        Assert.Equal(StatusCode.Unavailable, GrpcErrors.Of(new HttpRequestException(HttpRequestError.InvalidResponse, "no handshake", error)).StatusCode);
    }
}

using Grpc.Core;
using MeshClient.Http;
using MeshClient.Transport;

namespace MeshClient.Tests.Http;

public sealed class GrpcErrorsTests
{
    [Fact]
    public void A_peer_that_hangs_up_before_its_first_byte_is_unavailable()
    {
        var error = new HttpIOException(HttpRequestError.InvalidResponse, "no handshake", new MissingPrefaceException("a1", inner: null));
        Assert.Equal(StatusCode.Unavailable, GrpcErrors.Of(new HttpRequestException(HttpRequestError.InvalidResponse, "no handshake", error)).StatusCode);
    }
}

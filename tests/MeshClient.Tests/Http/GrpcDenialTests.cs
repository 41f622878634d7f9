using Grpc.Core;
using MeshClient.Http;
using MeshClient.Transport.Security;

namespace MeshClient.Tests.Http;

public sealed class GrpcDenialTests
{
    // HTTP/2 tells of both as of an answer that breaks its rules.
    [Theory]
    [InlineData(true, StatusCode.PermissionDenied)]
    [InlineData(false, StatusCode.Unavailable)]
    public void A_denial_by_the_peer_is_told_in_the_terms_of_gRPC(bool isAlert, StatusCode expected)
    {
        var alert = isAlert ? new IOException("The decryption operation failed", new InvalidOperationException("tlsv13 alert bad certificate")) : null;
        var denied = new PeerDeniedException("a1", alert);
        var error = GrpcErrors.Of(new HttpRequestException(HttpRequestError.InvalidResponse, $"catalog: {denied.Message}", new HttpIOException(HttpRequestError.InvalidResponse, "", denied)));
        Assert.Equal(expected, error.StatusCode);
        Assert.Contains("denied by the peer", error.Status.Detail, StringComparison.Ordinal);
    }
}

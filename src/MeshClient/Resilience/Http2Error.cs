namespace MeshClient.Resilience;

/// <summary>By which code an HTTP/2 peer ended a stream or a connection (RFC 9113, 7).</summary>
internal static class Http2Error
{
    public const long NoError = 0, ProtocolError = 1, RefusedStream = 7, Cancel = 8, EnhanceYourCalm = 11, InadequateSecurity = 12, Http11Required = 13;
}

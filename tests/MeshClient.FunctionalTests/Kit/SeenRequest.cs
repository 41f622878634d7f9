namespace MeshClient.FunctionalTests.Kit;

/// <summary>A request as it arrived at a server.</summary>
/// <param name="Method">The method.</param>
/// <param name="Target">Path and query, byte for byte.</param>
/// <param name="Host">The Host header or :authority.</param>
/// <param name="Sni">The name in the TLS handshake; null = no TLS, or no name.</param>
/// <param name="Protocol">For example HTTP/1.1.</param>
/// <param name="Headers">The headers.</param>
internal sealed record SeenRequest(
    string Method, string Target, string Host, string? Sni, string Protocol, IReadOnlyDictionary<string, string> Headers);

namespace MeshClient.Transport.Security;

/// <summary>
/// The URL that a request goes by, with the scheme that the server at the other end has; it remembers the one that the caller wrote. It has no fragment, which
/// is not sent.
/// </summary>
internal sealed class SecureUrl : Uri
{
    // The path is in its form already, or its owner wants it as it is.
    private static readonly UriCreationOptions s_asItIs = new() { DangerousDisablePathAndQueryCanonicalization = true };

    public SecureUrl(string scheme, Uri written)
        : base(string.Concat(scheme, SchemeDelimiter, written.Host, written.PathAndQuery), s_asItIs) => Written = written;

    /// <summary>The caller's URL.</summary>
    public Uri Written { get; }

    /// <summary>Gives a request that has been sent the URL back that its caller wrote.</summary>
    public static void Restore(HttpRequestMessage request)
    {
        if (request.RequestUri is SecureUrl url)
            request.RequestUri = url.Written;
    }
}

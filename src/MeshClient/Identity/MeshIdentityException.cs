namespace MeshClient.Identity;

/// <summary>
/// A call failed because an identity could not be proved: this process's own, or that of the peer. No byte of the request left the process, unless the
/// certificate of this process expired while the call ran.
/// </summary>
public sealed class MeshIdentityException : HttpRequestException
{
    internal MeshIdentityException(PeerVerdict verdict, string message, bool isOwn = false)
        : base(HttpRequestError.SecureConnectionError, message)
    {
        Verdict = verdict;
        IsOwn = isOwn;
    }

    /// <summary>What was found.</summary>
    public PeerVerdict Verdict { get; }

    /// <summary>Whether it is this process that has nothing to prove itself by; false = the peer did not prove to be who it must be.</summary>
    public bool IsOwn { get; }
}

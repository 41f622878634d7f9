namespace MeshClient.Identity;

/// <summary>A certificate and the authorities to trust, as a source delivers them.</summary>
/// <param name="TrustDomain">The trust domain of the authorities.</param>
/// <param name="Roots">The root certificates in PEM form, each entry one or more; all are trusted.</param>
/// <param name="Certificates">The leaf certificate and then its intermediates, in PEM form; null = there is none yet.</param>
/// <param name="PrivateKey">The leaf's private key in PEM form, unencrypted; null with the certificates. It is never logged.</param>
public sealed record IdentityMaterial(string TrustDomain, IReadOnlyList<string> Roots, string? Certificates, string? PrivateKey)
{
    /// <summary>Names the trust domain and how much there is, never the key.</summary>
    public override string ToString() => $"{TrustDomain}: {Roots.Count} roots, {(Certificates is null ? "no leaf" : "a leaf")}";
}

/// <summary>What a source says: one of <see cref="Material"/> and <see cref="Fault"/>.</summary>
public abstract record IdentityUpdate
{
    private IdentityUpdate()
    {
    }

    /// <summary>The certificate and the authorities in place of those before.</summary>
    /// <param name="Value">What they are, whole: the leaf belongs to the trust domain of the roots.</param>
    public sealed record Material(IdentityMaterial Value) : IdentityUpdate;

    /// <summary>The source could not be read; what is in use stays in use.</summary>
    /// <param name="Reason">What went wrong and the remedy, in one sentence.</param>
    /// <param name="Exception">The cause, if there is one.</param>
    public sealed record Fault(string Reason, Exception? Exception = null) : IdentityUpdate
    {
        /// <summary>
        /// The kind of the fault for the measurement <c>mesh.identity.errors</c>, one of few. Default: the type of <see cref="Exception"/>, or
        /// <c>_OTHER</c> where there is none.
        /// </summary>
        public string ErrorType { get; init; } = Exception?.GetType().FullName ?? "_OTHER";
    }
}

/// <summary>Where this process gets its certificate and the authorities from: Consul's agent, files, or something of the application's own.</summary>
public interface IIdentitySource
{
    /// <summary>
    /// Watches the process's identity until cancelled. The first update comes as soon as the source answers; later ones when something changed: a renewed
    /// leaf, another root. A fault does not end the stream; once the source can be read again it says so with what is in force then, changed or not.
    /// </summary>
    /// <param name="cancellationToken">Ends the stream.</param>
    /// <returns>The updates. A stream that ends or throws is started again by its reader.</returns>
    IAsyncEnumerable<IdentityUpdate> WatchAsync(CancellationToken cancellationToken);
}

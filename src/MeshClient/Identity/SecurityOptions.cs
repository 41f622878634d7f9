namespace MeshClient.Identity;

/// <summary>Whether calls between services of the mesh are encrypted and both sides prove who they are.</summary>
public enum SecurityMode
{
    /// <summary>No: the scheme of a URL decides, and nothing of identities is loaded or watched.</summary>
    Off,

    /// <summary>Where the other side can; plain text is still served and sent. For a migration, service by service.</summary>
    Permissive,

    /// <summary>Always: plain text and peers without a valid identity are refused.</summary>
    Strict,
}

/// <summary>Where the certificate of this process and the authorities to trust come from.</summary>
public enum SecuritySource
{
    /// <summary>The CA of Consul Connect, by way of the agent.</summary>
    Consul,

    /// <summary>PEM files, read again when they change.</summary>
    Files,
}

/// <summary>Who says which callers a server serves.</summary>
public enum SecurityIntentions
{
    /// <summary>The intentions of Consul; until they are known, nobody is served.</summary>
    Consul,

    /// <summary>
    /// Nobody: every caller that the mode lets in is served. With <see cref="SecurityMode.Strict"/> that is every workload of the trust domain, with
    /// <see cref="SecurityMode.Permissive"/> everyone who speaks plain text as well.
    /// </summary>
    AllowAll,
}

/// <summary>Identities and mutual TLS (section <c>Mesh:Security</c>); read at the start of the program.</summary>
public sealed class SecurityOptions
{
    /// <summary>Whether calls are authenticated and encrypted. Anything but Off needs <c>Mesh:Service:Name</c>. Default <see cref="SecurityMode.Off"/>.</summary>
    public SecurityMode Mode { get; set; }

    /// <summary>Where certificates come from. Default <see cref="SecuritySource.Consul"/>; a source that the application adds by code comes before both.</summary>
    public SecuritySource Source { get; set; }

    /// <summary>The files of <see cref="SecuritySource.Files"/>.</summary>
    public SecurityFilesOptions Files { get; set; } = new();

    /// <summary>
    /// Who says which callers a server serves, wherever the certificates come from. Default: Consul where services are found in Consul; with a registry of
    /// the application's own a server does not start until it is set.
    /// </summary>
    public SecurityIntentions? Intentions { get; set; }

    /// <summary>Whether intentions that would deny a request are logged only, and the request is served. Default false.</summary>
    public bool DryRun { get; set; }
}

/// <summary>Certificates in PEM files. They are looked at every few seconds, and a change takes effect without a restart.</summary>
public sealed class SecurityFilesOptions
{
    /// <summary>The certificate of this service, then its intermediates. Default: none; <see cref="SecuritySource.Files"/> needs it.</summary>
    public string? CertificateFile { get; set; }

    /// <summary>The key of the certificate, unencrypted. Default: none; <see cref="SecuritySource.Files"/> needs it.</summary>
    public string? KeyFile { get; set; }

    /// <summary>The root certificates to trust. Default: none; <see cref="SecuritySource.Files"/> needs it.</summary>
    public string? TrustFile { get; set; }

    /// <summary>The trust domain of the roots, such as <c>mesh.example</c>. Default: that of the certificate's identity.</summary>
    public string? TrustDomain { get; set; }
}

namespace MeshClient.Identity;

/// <summary>What is wrong with the options of security, one sentence each.</summary>
internal static class SecurityOptionsRules
{
    private const string Section = "Mesh:Security";

    /// <summary>Checks the options.</summary>
    /// <param name="options">They.</param>
    /// <param name="service">The name of this service; null or empty = none.</param>
    public static IEnumerable<string> Validate(SecurityOptions options, string? service)
    {
        if (!Enum.IsDefined(options.Mode))
            yield return $"{Section}:Mode: expected one of {string.Join(", ", Enum.GetNames<SecurityMode>())}, found {options.Mode}.";
        if (!Enum.IsDefined(options.Source))
            yield return $"{Section}:Source: expected one of {string.Join(", ", Enum.GetNames<SecuritySource>())}, found {options.Source}.";
        if (options.Intentions is { } intentions && !Enum.IsDefined(intentions))
            yield return $"{Section}:Intentions: expected one of {string.Join(", ", Enum.GetNames<SecurityIntentions>())}, found {intentions}.";
        if (options.Mode == SecurityMode.Off)
            yield break;
        if (string.IsNullOrWhiteSpace(service))
            yield return $"{Section}:Mode: {options.Mode} needs to know which service this is, for its certificate: set Mesh:Service:Name, or Mode to Off.";
        if (options.Source != SecuritySource.Files)
            yield break;
        foreach (var (key, file) in Files(options.Files))
        {
            if (string.IsNullOrWhiteSpace(file))
                yield return $"{Section}:Files:{key}: expected the path of a PEM file, found none: set it, or {Section}:Source to Consul.";
            else if (!File.Exists(file))
                yield return $"{Section}:Files:{key}: expected a PEM file, found nothing at \"{file}\" (from {Directory.GetCurrentDirectory()}).";
        }
        if (!string.IsNullOrEmpty(options.Files.TrustDomain) && !SpiffeId.IsTrustDomain(options.Files.TrustDomain))
            yield return $"{Section}:Files:TrustDomain: expected lower-case letters, digits, '.', '-' and '_', found \"{options.Files.TrustDomain}\".";
    }

    private static IEnumerable<(string Key, string? File)> Files(SecurityFilesOptions files) =>
    [
        (nameof(files.CertificateFile), files.CertificateFile),
        (nameof(files.KeyFile), files.KeyFile),
        (nameof(files.TrustFile), files.TrustFile),
    ];
}

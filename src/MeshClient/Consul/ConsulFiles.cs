using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MeshClient.Consul;

/// <summary>
/// Whether the files for TLS to the agent can be used: they are read once, so a mistake in them would last. The token's file is another matter:
/// it may come later and is read again and again.
/// </summary>
internal static class ConsulFiles
{
    /// <summary>What is wrong with them, one sentence each.</summary>
    public static IEnumerable<string> Faults(ConsulOptions options, Func<string, string?> environment)
    {
        var (authorities, caFile) = Choose("CaFile", options.Tls.CaFile, "CONSUL_CACERT");
        if (caFile is not null && Fault(authorities, () => Authorities(caFile)) is { } noAuthority)
            yield return noAuthority;
        var (certificate, certificateFile) = Choose("CertificateFile", options.Tls.CertificateFile, "CONSUL_CLIENT_CERT");
        var (_, keyFile) = Choose("KeyFile", options.Tls.KeyFile, "CONSUL_CLIENT_KEY");
        if (certificateFile is not null && keyFile is not null && Fault(certificate, () => Pair(certificateFile, keyFile)) is { } noPair)
            yield return noPair;

        (string Key, string? File) Choose(string name, string? configured, string variable) => string.IsNullOrWhiteSpace(configured)
            ? (variable, environment(variable) is { Length: > 0 } file ? file : null)
            : ($"Mesh:Consul:Tls:{name}", configured.Trim());
    }

    private static string? Fault(string key, Action read)
    {
        try
        {
            read();
            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            return $"{key}: expected PEM files that can be read, found: {error.Message}";
        }
    }

    private static void Authorities(string file)
    {
        var found = new X509Certificate2Collection();
        found.ImportFromPemFile(file);
        if (found.Count == 0)
            throw new CryptographicException($"\"{file}\" holds no certificate.");
    }

    private static void Pair(string certificate, string key) => X509Certificate2.CreateFromPemFile(certificate, key).Dispose();
}

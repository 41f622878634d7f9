using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MeshClient.Consul;

namespace MeshClient.Tests.Consul;

/// <summary>The files for TLS to the agent are tried at the start, for they are read once.</summary>
public sealed class ConsulFilesTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mesh-tls-");
    private readonly string _certificate;
    private readonly string _key;

    public ConsulFilesTests()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = DateTimeOffset.UtcNow;
        using var certificate = new CertificateRequest("CN=agent", key, HashAlgorithmName.SHA256).CreateSelfSigned(now.AddMinutes(-5), now.AddHours(1));
        _certificate = Write("agent.pem", certificate.ExportCertificatePem());
        _key = Write("agent-key.pem", key.ExportPkcs8PrivateKeyPem());
    }

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Good_files_are_no_fault_and_neither_are_none()
    {
        Assert.Empty(Faults(new()));
        Assert.Empty(Faults(new() { CaFile = _certificate, CertificateFile = _certificate, KeyFile = _key }));
    }

    [Fact]
    public void A_file_that_is_missing_is_named_with_its_key()
    {
        var missing = Path.Combine(_folder.FullName, "missing.pem");
        var fault = Assert.Single(Faults(new() { CaFile = missing }));
        Assert.StartsWith("Mesh:Consul:Tls:CaFile: expected PEM files that can be read, found: ", fault, StringComparison.Ordinal);
        Assert.Contains(missing, fault, StringComparison.Ordinal);
        Assert.StartsWith("Mesh:Consul:Tls:CertificateFile:", Assert.Single(Faults(new() { CertificateFile = missing, KeyFile = _key })), StringComparison.Ordinal);
    }

    [Fact]
    public void One_of_the_environment_is_named_by_its_variable() =>
        Assert.StartsWith("CONSUL_CACERT:", Assert.Single(Faults(new(), ("CONSUL_CACERT", "/no/such.pem"))), StringComparison.Ordinal);

    [Fact]
    public void A_file_without_a_certificate_would_trust_nobody() =>
        Assert.Contains("holds no certificate", Assert.Single(Faults(new() { CaFile = Write("empty.pem", "") })), StringComparison.Ordinal);

    [Fact]
    public void A_key_that_is_another_certificates_is_refused()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Assert.Single(Faults(new() { CertificateFile = _certificate, KeyFile = Write("other.pem", other.ExportPkcs8PrivateKeyPem()) }));
        Assert.Single(Faults(new() { CertificateFile = _certificate, KeyFile = Write("broken.pem", "-----BEGIN") }));
    }

    private static string[] Faults(ConsulTlsOptions tls, params (string Name, string Value)[] environment) =>
        [.. ConsulFiles.Faults(new ConsulOptions { Tls = tls }, name => environment.FirstOrDefault(e => e.Name == name).Value)];

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }
}

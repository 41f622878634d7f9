using System.Security.Cryptography.X509Certificates;
using MeshClient.DevRegistry;
using MeshClient.Http;

namespace MeshClient.FunctionalTests.BadInput;

/// <summary>An agent that cannot be used: the application runs on, and both the log and the calls say what to do.</summary>
public sealed class AgentTests : IDisposable
{
    private const int DiscoveryInTrouble = 1000, DiscoveryWorks = 1002, RegistrationInTrouble = 1101;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mesh-agent-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_token_file_that_is_missing_is_named_and_used_once_it_is_there()
    {
        await using var registry = await DevRegistryServer.StartAsync();
        var file = Path.Combine(_folder.FullName, "token");
        await using var app = await StartAsync(registry.Address, ("Consul:TokenFile", file));

        await Eventually.True(() => app.Log.Of(DiscoveryInTrouble).Any());
        var error = await Assert.ThrowsAsync<MeshUnavailableException>(() => app.Client().GetAsync("http://catalog/"));
        Assert.Equal(UnavailableReason.NotKnownYet, error.Reason);
        foreach (var text in new[] { error.Message, app.Log.Of(DiscoveryInTrouble).First().Text })
        {
            Assert.Contains("The file with Consul's token cannot be read", text, StringComparison.Ordinal);
            Assert.Contains(file, text, StringComparison.Ordinal);
            Assert.Contains("Check Mesh:Consul:TokenFile.", text, StringComparison.Ordinal);
        }

        await File.WriteAllTextAsync(file, "t0ken", TestContext.Current.CancellationToken);
        await Eventually.True(() => app.Log.Of(DiscoveryWorks).Any());
    }

    [Theory]
    [InlineData("localhost", false, null)]
    [InlineData("agent.example", true, null)]
    [InlineData("localhost", true, "agent.example")]
    public async Task A_certificate_that_does_not_verify_is_refused_with_the_settings_to_look_at(string name, bool trusted, string? serverName)
    {
        using var certificate = Certificates.For(name);
        await using var agent = await TestServer.StartAsync("agent", certificate: certificate);
        await using var app = await StartAsync(
            new Uri($"https://localhost:{agent.Port}"), [.. Tls(certificate, trusted, serverName), ("Service:Name", "web"), ("Service:Port", "81")]);

        await Eventually.True(() => app.Log.Of(DiscoveryInTrouble).Any() && app.Log.Of(RegistrationInTrouble).Any());
        var error = await Assert.ThrowsAsync<MeshUnavailableException>(() => app.Client().GetAsync("http://catalog/"));
        foreach (var text in new[] { error.Message, app.Log.Of(DiscoveryInTrouble).First().Text, app.Log.Of(RegistrationInTrouble).First().Text })
        {
            Assert.Contains($"No Consul agent could be reached at https://localhost:{agent.Port}/", text, StringComparison.Ordinal);
            Assert.Contains("certificate", text, StringComparison.Ordinal);
            Assert.Contains("Check Mesh:Consul:Tls (CaFile, ServerName, CertificateFile).", text, StringComparison.Ordinal);
        }
        Assert.Empty(agent.Requests);
    }

    [Theory]
    [InlineData("localhost", null)]
    [InlineData("agent.example", "agent.example")]
    public async Task One_that_verifies_is_accepted(string name, string? serverName)
    {
        using var certificate = Certificates.For(name);
        await using var agent = await TestServer.StartAsync("agent", certificate: certificate);
        await using var app = await StartAsync(new Uri($"https://localhost:{agent.Port}"), Tls(certificate, trusted: true, serverName));
        await Eventually.True(() => !agent.Requests.IsEmpty);
    }

    private (string, string)[] Tls(X509Certificate2 certificate, bool trusted, string? serverName)
    {
        var file = Path.Combine(_folder.FullName, "ca.pem");
        File.WriteAllText(file, certificate.ExportCertificatePem());
        return [.. trusted ? [("Consul:Tls:CaFile", file)] : Array.Empty<(string, string)>(), .. serverName is null ? [] : new[] { ("Consul:Tls:ServerName", serverName) }];
    }

    private static Task<MeshApp> StartAsync(Uri agent, params (string Key, string Value)[] settings) => MeshApp.StartAsync(
        new(settings.Select(s => KeyValuePair.Create(s.Key, (string?)s.Value)))
        {
            ["Consul:Address"] = agent.GetLeftPart(UriPartial.Authority),
            ["Upstreams:catalog:Timeout"] = "00:00:05",
            ["FirstSnapshotTimeout"] = "00:00:00.100",
        }, m => m.AddRegistration(), ownRegistry: false);
}

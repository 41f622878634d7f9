using MeshClient.DevRegistry;
using MeshClient.TestKit.Certificates;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace MeshClient.FunctionalTests.Security;

/// <summary>Certificates from files: who may call is Consul's to say all the same, or the configuration's in so many words, and never nobody's.</summary>
public sealed class WithoutConsulsAuthorityTests : IDisposable
{
    private static readonly TestAuthority s_authority = TestAuthority.Root("mesh.example");
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mesh-files-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task With_Consul_its_intentions_decide()
    {
        await using var registry = await DevRegistryServer.StartAsync();
        await registry.Intentions.DenyAsync("stranger", "web");
        await using var web = await StartAsync(registry.Address);

        Assert.StartsWith("HTTP/1.1 200", await AskAsync(web, "api"));
        Assert.StartsWith("HTTP/1.1 403", await AskAsync(web, "stranger"));
    }

    [Fact]
    public async Task With_Consul_away_nobody_is_served_and_the_log_names_the_option()
    {
        await using var web = await StartAsync(new Uri("http://127.0.0.1:1"), ("FirstSnapshotTimeout", "00:00:02"));

        Assert.StartsWith("HTTP/1.1 403", await AskAsync(web, "api"));
        var said = Assert.Single(web.Log().Of(1443)).Text;
        Assert.Contains("without intentions", said, StringComparison.Ordinal);
        Assert.Contains("Start the agent", said, StringComparison.Ordinal);
        Assert.Contains("Mesh:Security:Intentions", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_a_registry_that_holds_none_the_server_does_not_start_and_says_what_to_set()
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => StartAsync(agent: null));

        foreach (var text in new[] { "Mesh:Security:Intentions", "TestRegistry, which holds no intentions", "\"web\"", "Set it to Consul", "AllowAll" })
            Assert.Contains(text, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AllowAll_serves_every_workload_of_the_trust_domain_and_nobody_else()
    {
        await using var web = await StartAsync(agent: null, ("Security:Intentions", "AllowAll"));

        Assert.StartsWith("HTTP/1.1 200", await AskAsync(web, "api"));
        Assert.StartsWith("HTTP/1.1 200", await AskAsync(web, "stranger"));
        Assert.Equal(Caller.Refused, await Caller.GetAsync(web.Port, TestAuthority.Root("mesh.example").Issue("api")));
        Assert.Equal(Caller.Refused, await Caller.GetAsync(web.Port, null));
        Assert.DoesNotContain("HTTP", await Caller.SendAsync(web.Port, Caller.PlainRequest()));
    }

    [Fact]
    public async Task A_certificate_of_another_service_is_not_used()
    {
        await using var web = await StartAsync(
            agent: null, service: "catalog", ("Security:Intentions", "AllowAll"), ("FirstSnapshotTimeout", "00:00:00.300"));

        await Eventually.True(() => web.Log().Of(1602).Any());
        Assert.Equal(Caller.Refused, await AskAsync(web, "api"));
        Assert.Contains("Expected a certificate of web (Mesh:Service:Name), found that of spiffe://mesh.example/ns/default/dc/dc1/svc/catalog", web.Log().Of(1602).First().Text, StringComparison.Ordinal);
        var health = await web.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
        Assert.Equal(HealthStatus.Unhealthy, health.Entries["mesh_identity"].Status);
    }

    private static Task<string> AskAsync(TestServer server, string caller) => Caller.GetAsync(server.Port, s_authority.Issue(caller));

    private Task<TestServer> StartAsync(Uri? agent, params (string Key, string Value)[] more) => StartAsync(agent, "web", more);

    // Without an agent, services are found in a registry of the application's own.
    private Task<TestServer> StartAsync(Uri? agent, string service, params (string Key, string Value)[] more)
    {
        var leaf = s_authority.Issue(service);
        var settings = new Dictionary<string, string?>
        {
            ["Service:Name"] = "web",
            ["Security:Mode"] = "Strict",
            ["Security:Source"] = "Files",
            ["Security:Files:CertificateFile"] = Write("cert.pem", leaf.ChainPem),
            ["Security:Files:KeyFile"] = Write("key.pem", leaf.KeyPem),
            ["Security:Files:TrustFile"] = Write("roots.pem", s_authority.Pem),
        };
        if (agent is not null)
            settings["Consul:Address"] = agent.GetLeftPart(UriPartial.Authority);
        foreach (var (key, value) in more)
            settings[key] = value;
        return MeshServer.StartAsync("web", settings: settings, ownRegistry: agent is null, services: services =>
        {
            services.AddHealthChecks().AddMesh();
            if (agent is null)
                services.AddSingleton<MeshClient.Consul.Registration.RegistrationIsOff>();
        });
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }
}

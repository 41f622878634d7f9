using MeshClient.Identity;
using MeshClient.Testing.Tests.Kit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace MeshClient.Testing.Tests;

public sealed class SecurityTests
{
    [Fact]
    public async Task A_program_of_strict_security_is_called_and_calls_without_a_certificate()
    {
        var mesh = new TestMesh();
        mesh.Service("catalog").AddInstance();
        await using var client = new Client(
            mesh, services => services.AddMesh(m => m.UseIdentitySource<Forbidden>()), ("Mesh:Service:Name", "web"), ("Mesh:Security:Mode", "Strict"));
        foreach (var hosted in client.Services.GetServices<IHostedService>())
            await hosted.StartAsync(TestContext.Current.CancellationToken);
        using var answer = await client.GetAsync();
        Assert.True(answer.IsSuccessStatusCode);
    }

    [Fact]
    public async Task Files_of_production_need_not_be_there_and_the_health_checks_agree_that_security_is_off()
    {
        var mesh = new TestMesh();
        mesh.Service("catalog").AddInstance();
        await using var client = new Client(
            mesh, services => services.AddHealthChecks().AddMesh(), ("Mesh:Service:Name", "web"), ("Mesh:Security:Mode", "Strict"), ("Mesh:Security:Source", "Files"),
            ("Mesh:Security:Files:CertificateFile", "/nowhere/cert.pem"), ("Mesh:Security:Files:KeyFile", "/nowhere/key.pem"), ("Mesh:Security:Files:TrustFile", "/nowhere/roots.pem"));
        using (var answer = await client.GetAsync())
            Assert.True(answer.IsSuccessStatusCode);
        var health = await client.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(TestContext.Current.CancellationToken);
        Assert.Equal((HealthStatus.Healthy, "Mesh:Security:Mode is Off."), (health.Status, health.Entries["mesh_identity"].Description));
    }

    private sealed class Forbidden : IIdentitySource
    {
        public Forbidden() => Assert.Fail("There is no CA to be asked in a test.");

        public IAsyncEnumerable<IdentityUpdate> WatchAsync(CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}

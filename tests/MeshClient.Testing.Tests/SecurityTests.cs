using MeshClient.Identity;
using MeshClient.Testing.Tests.Kit;
using Microsoft.Extensions.DependencyInjection;
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

    private sealed class Forbidden : IIdentitySource
    {
        public Forbidden() => Assert.Fail("There is no CA to be asked in a test.");

        public IAsyncEnumerable<IdentityUpdate> WatchAsync(CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}

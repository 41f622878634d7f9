using System.Net.Http.Json;
using MeshClient.DevRegistry;

namespace MeshClient.FunctionalTests.Discovery;

/// <summary>A service that is restarted while the registry is away still knows its upstreams, by what it kept on disk.</summary>
public sealed class RestartTests : IDisposable
{
    private const string Secret = "00000000-aaaa-bbbb-cccc-000000000000";

    private readonly string _folder = Directory.CreateTempSubdirectory("mesh-").FullName;
    private readonly int _port = FreePort.Next();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_service_that_is_restarted_while_the_registry_is_down_still_calls_its_upstream()
    {
        await using var a = await TestServer.StartAsync("a");
        await using var b = await TestServer.StartAsync("b");
        await using (await RegistryOfAsync(a))
        {
            await using var before = await AppAsync();
            Assert.Equal("a", await before.Client().GetStringAsync("http://catalog/"));
        }
        Assert.DoesNotContain(Secret, await File.ReadAllTextAsync(Assert.Single(Directory.GetFiles(_folder))), StringComparison.OrdinalIgnoreCase);

        await using var after = await AppAsync();
        Assert.Equal("a", await after.Client().GetStringAsync("http://catalog/"));
        Assert.NotNull(after.Cluster().State.Watch.StaleSince);
        Assert.Contains(after.Log.Of(1000), l => l.Text.Contains("instances that were saved are used", StringComparison.Ordinal));

        await using var registry = await RegistryOfAsync(b);
        await Eventually.True(() => after.Endpoint("dev-registry/b") is not null, TimeSpan.FromSeconds(60));
        Assert.Equal("b", await after.Client().GetStringAsync("http://catalog/"));
        Assert.Null(after.Cluster().State.Watch.StaleSince);
    }

    [Fact]
    public async Task Without_the_option_nothing_is_kept()
    {
        await using var a = await TestServer.StartAsync("a");
        await using (await RegistryOfAsync(a))
        {
            await using var before = await AppAsync(kept: false);
            Assert.Equal("a", await before.Client().GetStringAsync("http://catalog/"));
        }
        Assert.Empty(Directory.GetFiles(_folder));
    }

    private Task<MeshApp> AppAsync(bool kept = true) => MeshApp.StartAsync(
        new()
        {
            ["Upstreams:catalog:Service"] = "catalog",
            ["Consul:Address"] = $"http://127.0.0.1:{_port}",
            ["Consul:Token"] = Secret,
            ["Snapshot:Folder"] = kept ? _folder : null,
        },
        ownRegistry: false);

    private async Task<DevRegistryServer> RegistryOfAsync(TestServer server)
    {
        var registry = await DevRegistryServer.StartAsync(new DevRegistryOptions { Port = _port });
        using var client = new HttpClient { BaseAddress = registry.Address };
        using var answer = await client.PutAsJsonAsync(
            "/v1/agent/service/register", new { ID = server.Name, Name = "catalog", Address = "127.0.0.1", server.Port });
        answer.EnsureSuccessStatusCode();
        return registry;
    }
}

using MeshClient.DevRegistry;
using MeshClient.Identity;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace MeshClient.Benchmarks.MutualTls;

/// <summary>By the mesh in strict mode: instances of a client call a server, as one intention allows.</summary>
internal sealed class MeshSide(DevRegistryServer registry, WebApplication server, IReadOnlyList<IHost> clients) : ISide
{
    public WorkloadIdentity ServerIdentity => IdentityOf(server);

    public WorkloadIdentity ClientIdentity => IdentityOf(clients[0]);

    public IReadOnlyList<HttpClient> Clients { get; } = [.. clients.Select(client => client.HttpClient())];

    public static async Task<MeshSide> StartAsync(int clients)
    {
        var registry = await DevRegistryServer.StartAsync();
        await registry.Intentions.DenyAsync("*", MeshHosts.Server);
        await registry.Intentions.AllowAsync(MeshHosts.Client, MeshHosts.Server);
        var server = await MeshHosts.StartServerAsync(registry.Address, Servers.AnswerAsync);
        return new MeshSide(registry, server, await Task.WhenAll(Enumerable.Range(0, clients).Select(_ => MeshHosts.StartClientAsync(registry.Address))));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in clients)
            await client.EndAsync();
        await server.EndAsync();
        await registry.DisposeAsync();
    }

    private static WorkloadIdentity IdentityOf(IHost host) => host.Services.GetRequiredService<MeshSecurity>().Identity!.Current;
}

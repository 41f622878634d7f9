using MeshClient.Configuration;
using MeshClient.Identity;
using MeshClient.Intentions;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace MeshClient.AspNetCore.Security;

/// <summary>
/// Waits for the certificate and the intentions before the server listens, for a while: without them it serves nobody. Once it listens, makes sure that no
/// endpoint came past the mesh.
/// </summary>
internal sealed class InboundStartup(
    MeshSecurity security, MeshOptionsSource source, InboundEndpoints endpoints, IServer server, IServiceProvider services, ILogger<ConnectionGate> logger)
    : IHostedLifecycleService
{
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        if (security.Identity is not { } identity)
            return;
        var intentions = services.GetRequiredService<IntentionKeeper>();
        var limit = source.Current.FirstSnapshotTimeout;
        var ready = await Task.WhenAll(identity.WaitUntilReadyAsync(limit, cancellationToken), intentions.WaitUntilReadyAsync(limit, cancellationToken)).ConfigureAwait(false);
        if (!ready[0])
            logger.StartedUnready("a certificate", identity.Trouble ?? "Its source has not answered yet.");
        if (!ready[1])
            logger.StartedUnready("intentions", $"{intentions.Trouble ?? "Consul has not answered yet."} They are Consul's unless Mesh:Security:Intentions says otherwise.");
    }

    /// <exception cref="InvalidOperationException">An endpoint is not guarded, or an option names none.</exception>
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        if (security.Mode == SecurityMode.Off || services.GetService<IOptions<KestrelServerOptions>>() is not { } kestrel)
            return Task.CompletedTask;
        var known = endpoints.Known.ToArray();
        var addresses = server.Features.Get<IServerAddressesFeature>()?.Addresses ?? (ICollection<string>)[];
        if (addresses.Count > known.Length)
        {
            throw new InvalidOperationException(
                $"Expected the mesh on each endpoint, found {addresses.Count} endpoints ({string.Join(", ", addresses)}) of which {addresses.Count - known.Length} came past it: "
                + "the application's own ConfigureEndpointDefaults replaces the mesh's. Call listen.UseMesh() in it.");
        }
        // Another server's endpoints are unknown here; their requests are refused one by one.
        if (known.Length == 0)
            return Task.CompletedTask;
        CheckEntries(kestrel.Value);
        CheckServicePort(known);
        CheckHealthPort(known);
        logger.EndpointsSecured(security.Mode, Names(known.Where(e => e.IsOwned)), Names(known.Where(e => !e.IsOwned)));
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void CheckEntries(KestrelServerOptions kestrel)
    {
        if (string.Join(", ", endpoints.UnknownEntries.Select(e => $"\"{e}\"")) is not { Length: > 0 } unknown)
            return;
        var names = string.Join(", ", InboundEndpoint.NamedIn(kestrel).Select(e => e.Name));
        throw new InvalidOperationException(
            $"Mesh:Inbound: expected names under Kestrel:Endpoints ({(names.Length > 0 ? names : "there are none")}) or addresses as in URLS that the server listens on, found {unknown}.");
    }

    // Callers are told to use mutual TLS at the port that is registered.
    private void CheckServicePort(InboundEndpoint[] known)
    {
        var service = source.Current.Service;
        if (!string.IsNullOrEmpty(service.Name) && service.Port is { } port && IsAt(known, port, owned: false) && !IsAt(known, port, owned: true))
        {
            throw new InvalidOperationException(
                $"Mesh:Service:Port: expected the port of an endpoint of the mesh, found {port}, that of one which the mesh leaves alone "
                + "(Mesh:Inbound, or ExcludeFromMesh() in the code): callers would be told to use mutual TLS there.");
        }
    }

    private void CheckHealthPort(InboundEndpoint[] known)
    {
        var service = source.Current.Service;
        var check = service.Check;
        if (string.IsNullOrEmpty(service.Name) || !InboundRules.IsPolled(check.Type))
            return;
        if (check.Port is { } port && (!IsAt(known, port, owned: true) || IsAt(known, port, owned: false)))
            return;
        if (security.Mode == SecurityMode.Strict)
            throw new InvalidOperationException(InboundRules.CheckFault(check, "that of an endpoint of the mesh"));
        logger.CheckOnMeshEndpoint(check.Type);
    }

    private static bool IsAt(InboundEndpoint[] known, int port, bool owned) => known.Any(e => e.IsOwned == owned && e.Listen.IPEndPoint?.Port == port);

    private static string Names(IEnumerable<InboundEndpoint> some) =>
        string.Join(", ", some.Select(e => e.Listen.ToString())) is { Length: > 0 } names ? names : "none";
}

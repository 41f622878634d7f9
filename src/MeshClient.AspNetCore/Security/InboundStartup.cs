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

    private void CheckHealthPort(InboundEndpoint[] known)
    {
        var check = source.Current.Service.Check;
        if (security.Mode == SecurityMode.Strict && InboundRules.IsPolled(check.Type) && known.Any(e => e.IsOwned && e.Listen.IPEndPoint?.Port == check.Port))
            throw new InvalidOperationException(InboundRules.CheckFault(check, "that of an endpoint of the mesh"));
    }

    private static string Names(IEnumerable<InboundEndpoint> some) =>
        string.Join(", ", some.Select(e => e.Listen.ToString())) is { Length: > 0 } names ? names : "none";
}

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace MeshClient.DevRegistry;

/// <summary>
/// A registry for development and tests that answers the part of Consul's HTTP API which MeshClient uses, with the
/// semantics of Consul 1.8: registration, TTL, HTTP and TCP checks, maintenance, blocking queries, and of Connect the
/// certificate authority, intentions, native instances and sidecars.
/// </summary>
/// <remarks>
/// It differs from an agent in these: writes are readable at once; gRPC checks only connect; <c>?filter</c>, access control,
/// upstreams of sidecars, config entries and the KV store are not there; a service that changes its name under the same ID
/// wakes those who wait for the old name; the authority's private key cannot be read; intentions take L7 permissions, which are
/// newer than 1.8. It reads no configuration, writes no logs and keeps nothing on disk: keys live in memory only.
/// </remarks>
public sealed class DevRegistryServer : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly RegistryHost host;
    private int disposed;

    private DevRegistryServer(WebApplication app)
    {
        this.app = app;
        host = app.Services.GetRequiredService<RegistryHost>();
        Address = new Uri(app.Urls.First());
        Intentions = new DevRegistryIntentions(() => host.Current.Intentions);
    }

    /// <summary>Where it listens, such as <c>http://127.0.0.1:41234/</c>.</summary>
    public Uri Address { get; }

    /// <summary>The ID of its node; <see cref="Wipe"/> changes it.</summary>
    public string NodeId => host.Current.Node.Id;

    /// <summary>
    /// The trust domain of its authority, such as <c>8b4adef7-05f9-64f3-2272-6e21316b8671.consul</c>; <see cref="Wipe"/> changes it.
    /// </summary>
    public string TrustDomain => host.Current.Authority.Roots().Value.TrustDomain;

    /// <summary>Who may call whom.</summary>
    public DevRegistryIntentions Intentions { get; }

    /// <summary>How many blocking queries are held at this moment.</summary>
    public int WaitingQueries => host.Current.Queries.Waiting;

    /// <summary>Starts a registry inside this process. It leaves the process's signals and configuration alone.</summary>
    /// <param name="options">The settings; null takes the defaults.</param>
    /// <param name="cancellationToken">Gives up the start.</param>
    /// <returns>The running registry; disposing it stops it.</returns>
    /// <exception cref="IOException">The port is taken.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A time of <see cref="DevRegistryOptions.Authority"/> is out of its range.</exception>
    public static Task<DevRegistryServer> StartAsync(
        DevRegistryOptions? options = null, CancellationToken cancellationToken = default) =>
        StartAsync(options ?? new DevRegistryOptions(), new IgnoreSignals(), cancellationToken);

    /// <summary>Runs a registry as what this process is for, until SIGINT, SIGTERM or cancellation.</summary>
    /// <param name="options">The settings; null takes the defaults.</param>
    /// <param name="started">Called once with the running registry, for example to print its address.</param>
    /// <param name="cancellationToken">Ends the run.</param>
    /// <exception cref="IOException">The port is taken.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A time of <see cref="DevRegistryOptions.Authority"/> is out of its range.</exception>
    public static async Task RunAsync(
        DevRegistryOptions? options = null, Action<DevRegistryServer>? started = null, CancellationToken cancellationToken = default)
    {
        var registry = await StartAsync(options ?? new DevRegistryOptions(), lifetime: null, cancellationToken).ConfigureAwait(false);
        await using (registry.ConfigureAwait(false))
        {
            started?.Invoke(registry);
            await registry.app.WaitForShutdownAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Forgets everything, as an agent in development mode does when it is killed and started again: waiting queries lose
    /// their connection, the index starts low again, the node has a new ID, and its authority a new root and trust domain.
    /// </summary>
    public void Wipe() => host.Wipe();

    /// <summary>
    /// Puts a new root in charge of the authority, in the same trust domain. Those who wait for the roots get both; each service
    /// gets a new certificate, with the new root's key under the old root's signature beside it, at once or within
    /// <see cref="AuthorityOptions.RotationSpread"/>. The old root stays in the answer for twice the life of a leaf.
    /// </summary>
    public Task RotateAuthorityAsync()
    {
        host.Current.Authority.Rotate();
        return Task.CompletedTask;
    }

    /// <summary>Stops it. Waiting queries are answered first, with what there is.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref disposed, 1) == 0)
        {
            await app.StopAsync().ConfigureAwait(false);
            await app.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static async Task<DevRegistryServer> StartAsync(
        DevRegistryOptions options, IHostLifetime? lifetime, CancellationToken cancellationToken)
    {
        // The empty builder: settings and variables of the process around it must not reach the registry.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "MeshClient.DevRegistry" });
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(options.BindAddress, options.Port);
        });
        builder.Services.AddRoutingCore().AddDevRegistry(options);
        if (lifetime is not null)
        {
            builder.Services.AddSingleton(lifetime);
        }
        var app = builder.Build();
        try
        {
            app.MapDevRegistry();
            await app.StartAsync(cancellationToken).ConfigureAwait(false);
            return new DevRegistryServer(app);
        }
        catch
        {
            await app.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}

using System.Collections.Immutable;
using System.Net;
using System.Threading.Channels;
using MeshClient.Identity;
using MeshClient.Intentions;
using MeshClient.TestKit.Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace MeshClient.FunctionalTests.Security;

/// <summary>A real Kestrel with UseMesh() whose certificate, intentions and clock the test has in hand.</summary>
internal sealed class SecureServer : IAsyncDisposable
{
    public const string Service = "web";

    private readonly WebApplication _app;

    private SecureServer(WebApplication app) => _app = app;

    public IServiceProvider Services => _app.Services;

    public LogLines Log => Services.GetRequiredService<LogLines>();

    public FakeTimeProvider Time => (FakeTimeProvider)Services.GetRequiredService<TimeProvider>();

    public IReadOnlyList<int> Ports { get; private set; } = [];

    public int Port => Ports[0];

    /// <summary>Starts one.</summary>
    /// <param name="authority">Who signs its leaf; null = it gets none.</param>
    /// <param name="mode">Its mode.</param>
    /// <param name="settings">Keys and values of the configuration.</param>
    /// <param name="kestrel">Its endpoints; null = one on loopback.</param>
    /// <param name="services">Adds to the application.</param>
    /// <param name="app">Adds to the pipeline; null = every request is answered by the caller's name.</param>
    /// <param name="intentions">Who may call; null = everyone; the test feeds it.</param>
    /// <param name="leaf">Its leaf; null = a good one.</param>
    /// <param name="before">Adds to the application before the mesh is added.</param>
    public static async Task<SecureServer> StartAsync(
        TestAuthority? authority, SecurityMode mode = SecurityMode.Strict, Dictionary<string, string?>? settings = null, Action<KestrelServerOptions>? kestrel = null,
        Action<IServiceCollection>? services = null, Action<WebApplication>? app = null, TestIntentions? intentions = null, TestLeaf? leaf = null,
        Action<IServiceCollection>? before = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Mesh:Service:Name"] = Service,
            ["Mesh:Security:Mode"] = mode.ToString(),
            ["Mesh:FirstSnapshotTimeout"] = "00:00:05",
        }).AddInMemoryCollection(settings ?? []);
        var log = new LogLines();
        builder.Services.AddSingleton(log).AddSingleton<TimeProvider>(new FakeTimeProvider(DateTimeOffset.UtcNow));
        builder.Logging.AddProvider(log).SetMinimumLevel(LogLevel.Debug);
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel ?? (options => options.Listen(IPAddress.Loopback, 0)));
        before?.Invoke(builder.Services);
        builder.WebHost.UseMesh();
        builder.Services.AddMesh(m => m.UseRegistry<TestRegistry>());
        var identity = new TestIdentity();
        if (authority is not null)
            identity.Say(authority, leaf ?? authority.Issue(Service));
        builder.Services.AddSingleton(identity).Replace(ServiceDescriptor.Singleton<IIdentitySource>(identity));
        builder.Services.Replace(ServiceDescriptor.Singleton<IIntentionSource>(intentions ?? new TestIntentions(allowByDefault: true)));
        builder.Services.AddSingleton<MeshClient.Consul.Registration.RegistrationIsOff>();
        services?.Invoke(builder.Services);
        var server = new SecureServer(builder.Build());
        if (app is null)
            server._app.Run(context => context.Response.WriteAsync($"{context.GetMeshCaller().Id?.Service ?? "nobody"} by {context.Request.Protocol} {context.Request.Scheme}"));
        else
            app(server._app);
        var start = server._app.StartAsync();
        if (authority is null)
        {
            // It waits for a certificate as long as it is told, by its own clock.
            while (!start.IsCompleted)
            {
                server.Time.Advance(TimeSpan.FromSeconds(1));
                await Task.WhenAny(start, Task.Delay(10));
            }
        }
        try
        {
            await start;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
        server.Ports = [.. server.Addresses.Select(a => BindingAddress.Parse(a).Port)];
        return server;
    }

    public IEnumerable<string> Addresses => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;

    public TestIdentity Identity => Services.GetRequiredService<TestIdentity>();

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.Zero);
        await _app.StopAsync(now.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _app.DisposeAsync();
    }
}

/// <summary>An identity source that says what the test does.</summary>
internal sealed class TestIdentity : IIdentitySource
{
    private readonly Channel<IdentityUpdate> _updates = Channel.CreateUnbounded<IdentityUpdate>();

    public void Say(TestAuthority authority, TestLeaf leaf, params TestAuthority[] alsoTrusted) => _updates.Writer.TryWrite(new IdentityUpdate.Material(
        new IdentityMaterial(authority.TrustDomain, [Root(authority).Pem, .. alsoTrusted.Select(a => Root(a).Pem)], leaf.ChainPem, leaf.KeyPem)));

    public IAsyncEnumerable<IdentityUpdate> WatchAsync(CancellationToken cancellationToken) => _updates.Reader.ReadAllAsync(cancellationToken);

    private static TestAuthority Root(TestAuthority authority) => authority.Issuer is { } above ? Root(above) : authority;
}

/// <summary>Intentions that the test changes.</summary>
internal sealed class TestIntentions(bool allowByDefault) : IIntentionSource
{
    private readonly Channel<IntentionUpdate> _updates = Start(allowByDefault);

    /// <summary>Puts these in force.</summary>
    public void Say(bool allowByDefault, params Intention[] intentions) =>
        _updates.Writer.TryWrite(new IntentionUpdate.Known(new IntentionSet(SecureServer.Service, [.. intentions], allowByDefault)));

    public static Intention Deny(string source) => new() { Source = source, Destination = SecureServer.Service, Action = IntentionAction.Deny };

    public static Intention AllowPath(string source, string prefix) => new()
    {
        Source = source,
        Destination = SecureServer.Service,
        Permissions = ImmutableArray.Create(new IntentionPermission { Action = IntentionAction.Allow, PathPrefix = prefix }),
    };

    public IAsyncEnumerable<IntentionUpdate> WatchAsync(CancellationToken cancellationToken) => _updates.Reader.ReadAllAsync(cancellationToken);

    private static Channel<IntentionUpdate> Start(bool allowByDefault)
    {
        var updates = Channel.CreateUnbounded<IntentionUpdate>();
        updates.Writer.TryWrite(new IntentionUpdate.Known(new IntentionSet(SecureServer.Service, [], allowByDefault)));
        return updates;
    }
}

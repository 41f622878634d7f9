using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.DependencyInjection;

namespace MeshClient.FunctionalTests.Kit;

/// <summary>A real Kestrel on a loopback port. It notes what arrives and answers as the test says, at first with 200 and its own name.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private int _connections;
    private int _open;

    private TestServer(WebApplication app, string name)
    {
        _app = app;
        Name = name;
        Handle = context => context.Response.WriteAsync(name);
    }

    public string Name { get; }

    /// <summary>What the server answers; may be replaced at any time.</summary>
    public RequestDelegate Handle { get; set; }

    public ConcurrentQueue<SeenRequest> Requests { get; } = new();

    /// <summary>Connections ever accepted.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Connections open now.</summary>
    public int OpenConnections => Volatile.Read(ref _open);

    public Uri Address { get; private set; } = null!;

    public int Port => Address.Port;

    /// <summary>This server as an instance of a service.</summary>
    public Endpoint Endpoint => EndpointAt("127.0.0.1");

    public Endpoint EndpointAt(string host) => new() { InstanceId = Name, Host = host, Port = Port };

    public static async Task<TestServer> StartAsync(
        string name, RequestDelegate? handle = null, HttpProtocols protocols = HttpProtocols.Http1, X509Certificate2? certificate = null,
        IPAddress? address = null, Action<WebApplicationBuilder>? configure = null, Action<KestrelServerOptions>? kestrel = null,
        Action<ListenOptions>? listen = null, Action<WebApplication>? map = null)
    {
        TestServer? server = null;
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options =>
        {
            options.Limits.MaxRequestBodySize = null;
            kestrel?.Invoke(options);
            options.Listen(address ?? IPAddress.Loopback, 0, port =>
            {
                port.Protocols = protocols;
                port.Use(next => async connection =>
                {
                    Interlocked.Increment(ref server!._connections);
                    Interlocked.Increment(ref server._open);
                    try
                    {
                        await next(connection);
                    }
                    finally
                    {
                        Interlocked.Decrement(ref server._open);
                    }
                });
                if (certificate is not null)
                    port.UseHttps(certificate);
                listen?.Invoke(port);
            });
        });
        if (certificate is not null)
            builder.WebHost.UseKestrelHttpsConfiguration();
        configure?.Invoke(builder);
        server = new TestServer(builder.Build(), name);
        if (handle is not null)
            server.Handle = handle;
        if (map is not null)
            map(server._app);
        else
            server._app.Run(server.RunAsync);
        await server._app.StartAsync();
        var bound = server._app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses;
        server.Address = new Uri(bound.Single());
        return server;
    }

    /// <summary>The services of the application under the server.</summary>
    public IServiceProvider Services => _app.Services;

    /// <summary>Stops as an application does on SIGTERM.</summary>
    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        // Calls that a test left open must not hold up its end.
        using var now = new CancellationTokenSource(TimeSpan.Zero);
        await _app.StopAsync(now.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _app.DisposeAsync();
    }

    private Task RunAsync(HttpContext context)
    {
        var features = context.Features;
        Requests.Enqueue(new SeenRequest(
            context.Request.Method, features.GetRequiredFeature<IHttpRequestFeature>().RawTarget, context.Request.Host.Value ?? "",
            features.Get<ISslStreamFeature>()?.SslStream.TargetHostName is { Length: > 0 } sni ? sni : null, context.Request.Protocol,
            context.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase)));
        return Handle(context);
    }
}

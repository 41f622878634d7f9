using System.Net.Security;
using Grpc.Health.V1;
using Grpc.HealthCheck;
using MeshClient.FunctionalTests.Grpc.Shop;
using MeshClient.FunctionalTests.Security;
using MeshClient.Identity;
using MeshClient.TestKit.Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;

namespace MeshClient.FunctionalTests.Grpc;

/// <summary>Health watches of gRPC's own implementation of the protocol, in plain text and by mutual TLS.</summary>
public sealed class HealthTests
{
    private const string Watched = "shop.Pricing";

    private static readonly PriceRequest s_tea = new() { Item = "tea" };

    private readonly TestAuthority _authority = TestAuthority.Root();

    [Theory]
    [InlineData("Off")]
    [InlineData("Strict")]
    public async Task One_that_says_that_it_does_not_serve_gets_no_calls_until_it_does(string mode)
    {
        var health = new[] { new HealthServiceImpl(), new HealthServiceImpl() };
        foreach (var one in health)
            one.SetStatus(Watched, HealthCheckResponse.Types.ServingStatus.Serving);
        await using var first = await ServeAsync("pricing-1", health[0], mode);
        await using var second = await ServeAsync("pricing-2", health[1], mode);
        await using var app = await ClientAsync(mode);
        app.Registry.Say("pricing", first.Endpoint, second.Endpoint);
        Assert.Equal(["pricing-1", "pricing-2"], await ServersAsync(app));

        health[0].SetStatus(Watched, HealthCheckResponse.Types.ServingStatus.NotServing);
        await Eventually.True(() => app.Endpoint("pricing-1", "pricing") is null);
        Assert.Equal(["pricing-2"], await ServersAsync(app));

        health[0].SetStatus(Watched, HealthCheckResponse.Types.ServingStatus.Serving);
        await Eventually.True(() => app.Endpoint("pricing-1", "pricing") is not null);
        Assert.Equal(["pricing-1", "pricing-2"], await ServersAsync(app));
        Assert.Equal(0, app.InFlight("pricing"));
    }

    [Fact]
    public async Task A_server_without_the_protocol_serves()
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var plain = await ServeAsync("pricing-1", health: null, "Off", asked);
        await using var app = await ClientAsync("Off");
        app.Registry.Say("pricing", plain.Endpoint);
        Assert.Equal(["pricing-1"], await ServersAsync(app));

        await asked.Task.WaitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(["pricing-1"], await ServersAsync(app));
        Assert.Empty(app.Log.Of(1206));
    }

    [Fact]
    public async Task A_server_that_goes_away_is_not_called_even_before_a_call_has_failed_on_it()
    {
        var health = new[] { new HealthServiceImpl(), new HealthServiceImpl() };
        foreach (var one in health)
            one.SetStatus(Watched, HealthCheckResponse.Types.ServingStatus.Serving);
        await using var first = await ServeAsync("pricing-1", health[0], "Off");
        await using var second = await ServeAsync("pricing-2", health[1], "Off");
        await using var app = await ClientAsync("Off");
        app.Registry.Say("pricing", first.Endpoint, second.Endpoint);
        await ServersAsync(app);

        await first.DisposeAsync();

        await Eventually.True(() => app.Endpoint("pricing-1", "pricing") is null);
        Assert.Equal(["pricing-2"], await ServersAsync(app));
    }

    private static async Task<string[]> ServersAsync(MeshApp app)
    {
        var client = app.Services.GetRequiredService<Pricing.PricingClient>();
        var servers = new HashSet<string>();
        for (var i = 0; i < 20; i++)
            servers.Add((await client.GetPriceAsync(s_tea)).Server);
        return [.. servers.Order(StringComparer.Ordinal)];
    }

    private Task<MeshApp> ClientAsync(string mode) => MeshApp.StartAsync(
        new()
        {
            ["Upstreams:pricing:Service"] = "pricing",
            ["Upstreams:pricing:LoadBalancing"] = "RoundRobin",
            ["Upstreams:pricing:Balancing:SlowStartWindow"] = "00:00:00",
            ["Upstreams:pricing:Grpc:HealthCheck"] = "true",
            ["Upstreams:pricing:Grpc:HealthCheckService"] = Watched,
            ["Service:Name"] = "web",
            ["Security:Mode"] = mode,
        },
        services: services => services.AddGrpcClient<Pricing.PricingClient>(o => o.Address = new("http://pricing")),
        before: services =>
        {
            if (mode == "Strict")
                services.AddSingleton<IIdentitySource>(GivenIdentity.Of(_authority.Issue("web"), _authority));
        });

    private Task<TestServer> ServeAsync(string name, HealthServiceImpl? health, string mode, TaskCompletionSource? asked = null) => TestServer.StartAsync(
        name, protocols: HttpProtocols.Http2, configure: builder =>
        {
            builder.WebHost.UseKestrelHttpsConfiguration();
            builder.Services.AddGrpc();
            builder.Services.AddSingleton(new PricingService(name));
            if (health is not null)
                builder.Services.AddSingleton(health);
        },
        listen: options =>
        {
            if (mode == "Strict")
                options.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = _ => ValueTask.FromResult(Tls()) });
        },
        map: app =>
        {
            app.Use(async (context, next) =>
            {
                await next(context);
                if (context.Request.Path.StartsWithSegments("/grpc.health.v1.Health"))
                    context.Response.OnCompleted(() => Task.FromResult(asked?.TrySetResult()));
            });
            app.MapGrpcService<PricingService>();
            if (health is not null)
                app.MapGrpcService<HealthServiceImpl>();
        });

    private SslServerAuthenticationOptions Tls()
    {
        var leaf = _authority.Issue("pricing");
        return new()
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(leaf.Certificate, leaf.Sent, offline: true),
            ClientCertificateRequired = true,
            RemoteCertificateValidationCallback = (_, _, _, _) => true,
        };
    }
}

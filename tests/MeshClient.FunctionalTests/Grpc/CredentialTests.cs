using System.Net.Security;
using Grpc.Core;
using Grpc.Net.Client;
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

/// <summary>Credentials of calls never go by plain text, and are never dropped without a word.</summary>
public sealed class CredentialTests
{
    private static readonly PriceRequest s_tea = new() { Item = "tea" };
    private static readonly TestAuthority s_authority = TestAuthority.Root();

    [Theory]
    [InlineData("authorization")]
    [InlineData("x-api-key")]
    public async Task Credentials_are_refused_where_the_wire_is_plain(string header)
    {
        await using var pair = await GrpcPair.StartAsync(1, ("Upstreams:pricing:Grpc:CredentialHeaders:0", "X-Api-Key"));

        var error = await Assert.ThrowsAsync<RpcException>(() => pair.Client.GetPriceAsync(s_tea, With(header)).ResponseAsync);

        Assert.Equal(StatusCode.Unauthenticated, error.StatusCode);
        Assert.Contains(header, error.Status.Detail, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("Mesh:Upstreams:pricing:Grpc:AllowPlainTextCredentials", error.Status.Detail, StringComparison.Ordinal);
        Assert.Empty(pair.Services[0].Calls);
    }

    [Fact]
    public async Task Credentials_are_refused_where_a_plain_host_is_none_of_the_mesh()
    {
        await using var pair = await GrpcPair.StartAsync();
        using var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{pair.Servers[0].Endpoint.Port}", pair.App.Services.GetRequiredService<IMesh>().GrpcOptions());
        var client = new Pricing.PricingClient(channel);
        Assert.Equal("tea", (await client.GetPriceAsync(s_tea)).Item);

        var error = await Assert.ThrowsAsync<RpcException>(() => client.GetPriceAsync(s_tea, With("authorization")).ResponseAsync);

        Assert.Equal(StatusCode.Unauthenticated, error.StatusCode);
        Assert.Contains("no service of the mesh", error.Status.Detail, StringComparison.Ordinal);
        Assert.Single(pair.Services[0].Calls);
    }

    [Fact]
    public async Task Credentials_are_sent_in_plain_text_where_that_is_allowed()
    {
        await using var pair = await GrpcPair.StartAsync(1, ("Upstreams:pricing:Grpc:AllowPlainTextCredentials", "true"));
        await pair.Client.GetPriceAsync(s_tea, With("authorization"));

        Assert.Equal("Bearer secret", Assert.Single(pair.Services[0].Calls).Headers.GetValue("authorization"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Credentials_are_refused_for_grpc_web_too(bool isOfTheFactory)
    {
        await using var server = await TestServer.StartAsync("pricing-1", protocols: HttpProtocols.Http2);
        await using var app = await MeshApp.StartAsync(
            new() { ["Upstreams:pricing:Service"] = "pricing" },
            services: s => s.AddGrpcClient<Pricing.PricingClient>(o => o.Address = new("http://pricing")).AddHttpMessageHandler(() => new WebType()));
        app.Registry.Say("pricing", server.Endpoint);
        var options = app.Services.GetRequiredService<IMesh>().GrpcOptions();
        options.HttpHandler = new WebType { InnerHandler = options.HttpHandler! };
        using var channel = GrpcChannel.ForAddress("http://pricing", options);
        var client = isOfTheFactory ? app.Services.GetRequiredService<Pricing.PricingClient>() : new(channel);

        var error = await Assert.ThrowsAsync<RpcException>(() => client.GetPriceAsync(s_tea, With("authorization")).ResponseAsync);

        Assert.Equal(StatusCode.Unauthenticated, error.StatusCode);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task A_name_that_leaves_the_mesh_takes_no_credentials_along()
    {
        var outside = new Outside();
        await using var app = await MeshApp.StartAsync(
            new() { ["BareNames"] = "true", ["Upstreams:other:Service"] = "other" },
            services: s => s.AddGrpcClient<Pricing.PricingClient>(o => o.Address = new("http://pricing")).ConfigurePrimaryHttpMessageHandler(() => outside));
        var client = app.Services.GetRequiredService<Pricing.PricingClient>();
        app.Reload("BareNames", "false");
        await Eventually.True(async () => await Record.ExceptionAsync(() => client.GetPriceAsync(s_tea).ResponseAsync) is not null && outside.Requests > 0);
        var before = outside.Requests;

        var error = await Assert.ThrowsAsync<RpcException>(() => client.GetPriceAsync(s_tea, With("authorization")).ResponseAsync);

        Assert.Equal(StatusCode.Unauthenticated, error.StatusCode);
        Assert.Contains("no service of the mesh", error.Status.Detail, StringComparison.Ordinal);
        Assert.Equal(before, outside.Requests);
    }

    [Fact]
    public async Task A_channel_whose_handler_does_not_lead_into_the_mesh_is_refused()
    {
        await using var app = await MeshApp.StartAsync(
            new() { ["Upstreams:pricing:Service"] = "pricing" },
            services: s => s.AddGrpcClient<Pricing.PricingClient>(o => o.Address = new("http://pricing")).ConfigureChannel(c => c.HttpHandler = new Outside()));

        var error = Assert.Throws<InvalidOperationException>(() => app.Services.GetRequiredService<Pricing.PricingClient>());

        Assert.Contains("RemoveMesh()", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("first")]
    [InlineData("retry")]
    [InlineData("hedge")]
    public async Task Where_endpoints_of_either_kind_are_there_credentials_go_by_tls(string attempt)
    {
        await using var mixed = await MixedAsync(attempt == "hedge" ? ("Hedging:Delay", "00:00:00.010") : ("Balancing:SlowStartWindow", "00:00:00"));
        var (client, secure) = (mixed.Client, mixed.Secure);
        var calls = 0;
        secure.Before = context => attempt switch
        {
            "hedge" => Task.Delay(100, context.CancellationToken),
            "retry" when Interlocked.Increment(ref calls) % 2 == 1 => throw new RpcException(new(StatusCode.Unavailable, "busy")),
            _ => Task.CompletedTask,
        };

        for (var i = 0; i < 6; i++)
            Assert.Equal("secure", (await client.GetPriceAsync(s_tea, With("authorization"))).Server);

        Assert.Empty(mixed.Plain.Calls);
        Assert.Equal(attempt == "retry" ? 12 : 6, secure.Calls.Count);
        await Eventually.True(() => mixed.App.InFlight("pricing") == 0);
    }

    [Fact]
    public async Task While_no_endpoint_by_tls_may_be_called_it_is_none_of_the_others()
    {
        await using var mixed = await MixedAsync(("OutlierDetection:ConsecutiveGatewayFailures", "1"), ("Balancing:PanicThresholdPercent", "0"), ("Retry:MaxAttempts", "1"));
        mixed.Secure.Before = _ => throw new RpcException(new(StatusCode.Unavailable, "busy"));

        for (var i = 0; i < 3; i++)
            Assert.Equal(StatusCode.Unavailable, (await Assert.ThrowsAsync<RpcException>(() => mixed.Client.GetPriceAsync(s_tea, With("authorization")).ResponseAsync)).StatusCode);

        Assert.Single(mixed.Secure.Calls);
        Assert.Empty(mixed.Plain.Calls);
    }

    [Fact]
    public async Task One_that_waits_for_an_endpoint_by_tls_keeps_nobody_else_waiting()
    {
        await using var mixed = await MixedAsync(("Limits:MaxConcurrentPerEndpoint", "1"), ("Limits:MaxQueued", "10"));
        var go = new TaskCompletionSource();
        mixed.Secure.Before = _ => go.Task;
        using var first = mixed.Client.GetPriceAsync(s_tea, With("authorization"));
        await Eventually.True(() => mixed.App.InFlight("pricing") == 1);
        using var second = mixed.Client.GetPriceAsync(s_tea, With("authorization"));
        await Eventually.True(() => mixed.App.Cluster("pricing").Limiter!.Queued == 1);

        Assert.Equal("plain", (await mixed.Client.GetPriceAsync(s_tea)).Server);

        go.SetResult();
        Assert.Equal(["secure", "secure"], [(await first).Server, (await second).Server]);
    }

    // One instance by TLS, and one in plain text.
    private static async Task<Mixed> MixedAsync(params (string Key, string Value)[] upstream)
    {
        var (secure, plain) = (new PricingService("secure"), new PricingService("plain"));
        var byTls = await TestServer.StartAsync(
            "pricing-tls", protocols: HttpProtocols.Http2,
            configure: builder =>
            {
                builder.WebHost.UseKestrelHttpsConfiguration();
                builder.Services.AddGrpc();
                builder.Services.AddSingleton(secure);
            },
            listen: o => o.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = _ => ValueTask.FromResult(Tls()) }), map: a => a.MapGrpcService<PricingService>());
        var inPlain = await GrpcPair.ServeAsync("pricing-plain", plain);
        var settings = new Dictionary<string, string?>
        {
            ["Upstreams:pricing:Service"] = "pricing",
            ["Service:Name"] = "web",
            ["Security:Mode"] = "Permissive",
            ["Upstreams:pricing:LoadBalancing"] = "RoundRobin",
            ["Upstreams:pricing:Balancing:SlowStartWindow"] = "00:00:00",
            ["Upstreams:pricing:Grpc:IdempotentMethods:0"] = "shop.Pricing/*",
        };
        foreach (var (key, value) in upstream)
            settings[$"Upstreams:pricing:{key}"] = value;
        var app = await MeshApp.StartAsync(
            settings, services: s => s.AddGrpcClient<Pricing.PricingClient>(o => o.Address = new("http://pricing")),
            before: s => s.AddSingleton<IIdentitySource>(GivenIdentity.Of(s_authority.Issue("web"), s_authority)));
        app.Registry.Say("pricing", [byTls.Endpoint with { TakesMutualTls = true }, inPlain.Endpoint]);
        await Eventually.True(() => app.Cluster("pricing").State.Available.Length == 2);
        return new(app, secure, plain, byTls, inPlain);
    }

    private static SslServerAuthenticationOptions Tls()
    {
        var leaf = s_authority.Issue("pricing");
        return new()
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(leaf.Certificate, leaf.Sent, offline: true),
            ClientCertificateRequired = true,
            RemoteCertificateValidationCallback = (_, _, _, _) => true,
        };
    }

    private static CallOptions With(string header) => new(credentials: CallCredentials.FromInterceptor((_, metadata) =>
    {
        metadata.Add(header, "Bearer secret");
        return Task.CompletedTask;
    }));

    private sealed record Mixed(MeshApp App, PricingService Secure, PricingService Plain, TestServer ByTls, TestServer InPlain) : IAsyncDisposable
    {
        public Pricing.PricingClient Client => App.Services.GetRequiredService<Pricing.PricingClient>();

        public async ValueTask DisposeAsync()
        {
            await App.DisposeAsync();
            await ByTls.DisposeAsync();
            await InPlain.DisposeAsync();
        }
    }

    // What a handler for gRPC-Web does to a request.
    private sealed class WebType : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.Content!.Headers.ContentType = new("application/grpc-web");
            return base.SendAsync(request, cancellationToken);
        }
    }

    private sealed class Outside : HttpMessageHandler
    {
        private int _requests;

        public int Requests => _requests;

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _requests);
            return Task.FromResult(new HttpResponseMessage(System.Net.HttpStatusCode.ServiceUnavailable));
        }
    }
}

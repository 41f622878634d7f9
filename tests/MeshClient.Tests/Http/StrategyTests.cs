using System.Net;
using Grpc.Core;
using MeshClient.Tests.Doubles;
using MeshClient.Transport;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Polly;
using Polly.CircuitBreaker;
using Polly.Fallback;
using Polly.Retry;
using Polly.Timeout;

namespace MeshClient.Tests.Http;

/// <summary>Polly strategies of the application around the calls of the mesh.</summary>
public sealed class StrategyTests
{
    private readonly ScriptedTransports _transports = new();
    private readonly List<string> _seen = [];

    [Fact]
    public async Task A_retry_of_the_applications_makes_whole_calls()
    {
        using var client = Client(mesh => mesh.AddResilience(builder => builder.AddRetry(new RetryStrategyOptions<HttpResponseMessage>
        {
            MaxRetryAttempts = 1,
            Delay = TimeSpan.Zero,
            ShouldHandle = args => new(args.Outcome.Result?.StatusCode == HttpStatusCode.InternalServerError),
        })));
        _transports.Answers(_ => new HttpResponseMessage(_transports.Sent.Count == 1 ? HttpStatusCode.InternalServerError : HttpStatusCode.OK));
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("http://catalog/x")).StatusCode);
        Assert.Equal(2, _transports.Sent.Count);
    }

    [Fact]
    public async Task A_strategy_for_one_service_leaves_the_others_alone()
    {
        using var client = Client(mesh => mesh.AddResilience("Catalog", builder => builder.AddFallback(new FallbackStrategyOptions<HttpResponseMessage>
        {
            ShouldHandle = args => new(args.Outcome.Result?.StatusCode == HttpStatusCode.InternalServerError),
            FallbackAction = _ => Polly.Outcome.FromResultAsValueTask(new HttpResponseMessage(HttpStatusCode.Accepted)),
        })));
        _transports.Answers(_ => new HttpResponseMessage(HttpStatusCode.InternalServerError));
        Assert.Equal(HttpStatusCode.Accepted, (await client.GetAsync("http://catalog/x")).StatusCode);
        Assert.Equal(HttpStatusCode.InternalServerError, (await client.GetAsync("http://pricing/x")).StatusCode);
    }

    [Fact]
    public async Task A_breaker_for_all_services_is_one_for_each()
    {
        using var client = Client(mesh => mesh.AddResilience(builder => builder.AddCircuitBreaker(new CircuitBreakerStrategyOptions<HttpResponseMessage>
        {
            MinimumThroughput = 2,
            FailureRatio = 0.5,
            ShouldHandle = args => new(args.Outcome.Result?.StatusCode == HttpStatusCode.InternalServerError),
        })));
        _transports.Answers(e => new HttpResponseMessage(e.Port == 5001 ? HttpStatusCode.InternalServerError : HttpStatusCode.OK));
        await client.GetAsync("http://catalog/x");
        await client.GetAsync("http://catalog/x");
        await Assert.ThrowsAsync<BrokenCircuitException>(() => client.GetAsync("http://catalog/x"));
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("http://pricing/x")).StatusCode);
    }

    [Fact]
    public async Task The_first_added_is_outermost_and_the_synchronous_send_goes_through_all()
    {
        var order = new List<string>();
        using var client = Client(mesh => mesh.AddResilience(b => b.AddStrategy(_ => new Noting("outer", order), new Noting.Options()))
            .AddResilience("catalog", b => b.AddStrategy(_ => new Noting("inner", order), new Noting.Options())));
        await client.GetAsync("http://catalog/x");
        Assert.Equal(["outer", "inner"], order);
        client.Send(new HttpRequestMessage(HttpMethod.Get, "http://catalog/x"));
        Assert.Equal(["outer", "inner", "outer", "inner"], order);
    }

    [Theory]
    [InlineData("http://pricing/target", "pricing")]
    [InlineData("http://elsewhere.test/target", null)]
    public async Task After_a_redirect_a_try_begins_where_the_caller_began(string target, string? service)
    {
        using var client = Client(mesh => mesh.AddResilience("catalog", builder => builder.AddRetry(new RetryStrategyOptions<HttpResponseMessage>
        {
            MaxRetryAttempts = 1,
            Delay = TimeSpan.Zero,
            ShouldHandle = args => new(args.Outcome.Result?.StatusCode == HttpStatusCode.InternalServerError),
        })));
        _transports.Answer = (e, sent, _) =>
        {
            _seen.Add($"{e.Port} {sent.RequestUri!.AbsolutePath} {sent.Headers.Authorization}");
            return Task.FromResult(e.Port == 5001 ? Redirect(target) : new HttpResponseMessage(HttpStatusCode.InternalServerError));
        };
        using var request = new HttpRequestMessage(HttpMethod.Post, "http://catalog/start") { Content = new StringContent("order") };
        request.Headers.Authorization = new("Bearer", "token");
        Assert.Equal(HttpStatusCode.InternalServerError, (await client.SendAsync(request)).StatusCode);
        string[] once = ["5001 /start Bearer token", service is null ? "elsewhere /target " : "5002 /target "];
        Assert.Equal([.. once, .. once], _seen);
    }

    [Fact]
    public async Task After_a_redirect_a_try_has_the_credentials_of_the_first_service_again()
    {
        using var client = Client(mesh => mesh.AddResilience("catalog", builder => builder.AddRetry(new RetryStrategyOptions<HttpResponseMessage>
        {
            MaxRetryAttempts = 1,
            Delay = TimeSpan.Zero,
            ShouldHandle = args => new(args.Outcome.Result?.StatusCode == HttpStatusCode.InternalServerError),
        })));
        _transports.Answer = (e, sent, _) =>
        {
            _seen.Add($"{e.Port} {(sent.Headers.TryGetValues("x-api-key", out var values) ? string.Join(',', values) : "none")}");
            return Task.FromResult(e.Port == 5001 ? Redirect("http://pricing/target") : new HttpResponseMessage(HttpStatusCode.InternalServerError));
        };
        using var request = new HttpRequestMessage(HttpMethod.Post, "http://catalog/start") { Content = new ByteArrayContent([]) };
        request.Content.Headers.ContentType = new("application/grpc-web");
        request.Headers.Add("x-api-key", ["a", "b"]);

        Assert.Equal(HttpStatusCode.InternalServerError, (await client.SendAsync(request)).StatusCode);

        Assert.Equal(["5001 a,b", "5002 none", "5001 a,b", "5002 none"], _seen);
    }

    [Fact]
    public async Task The_deadline_of_a_grpc_call_is_one_for_all_tries()
    {
        var time = new VirtualTime();
        using var client = Client(
            mesh => mesh.AddResilience(builder => builder.AddRetry(new RetryStrategyOptions<HttpResponseMessage>
            {
                MaxRetryAttempts = 2,
                Delay = TimeSpan.Zero,
                ShouldHandle = args => new(args.Outcome.Result is not null),
            })), time);
        _transports.Answer = async (_, sent, token) =>
        {
            _seen.Add(sent.Headers.GetValues("grpc-timeout").Single());
            await Task.Delay(TimeSpan.FromMilliseconds(600), time, token);
            return GrpcMessages.Answer("5");
        };
        (await time.RunAsync(client.SendAsync(GrpcMessages.Request("2S")))).Dispose();
        Assert.Equal(["2000m", "1400m", "800m"], _seen);
    }

    [Fact]
    public async Task A_grpc_call_that_takes_longer_than_a_strategy_allows_has_exceeded_its_deadline()
    {
        var time = new VirtualTime();
        using var client = Client(mesh => mesh.AddResilience(builder => builder.AddTimeout(TimeSpan.FromSeconds(1))), time);
        _transports.Answer = async (_, _, token) =>
        {
            await Task.Delay(TimeSpan.FromMinutes(1), time, token);
            return GrpcMessages.Answer();
        };
        var error = await Assert.ThrowsAsync<RpcException>(() => time.RunAsync(client.SendAsync(GrpcMessages.Request())));
        Assert.Equal(StatusCode.DeadlineExceeded, error.StatusCode);
        Assert.IsType<TimeoutRejectedException>(error.Status.DebugException);
    }

    [Fact]
    public async Task A_grpc_call_that_a_breaker_rejects_is_unavailable()
    {
        var control = new CircuitBreakerManualControl(isIsolated: true);
        using var client = Client(mesh => mesh.AddResilience("catalog", builder => builder.AddCircuitBreaker(
            new CircuitBreakerStrategyOptions<HttpResponseMessage> { ManualControl = control })));
        var error = await Assert.ThrowsAsync<RpcException>(() => client.SendAsync(GrpcMessages.Request()));
        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        Assert.IsType<IsolatedCircuitException>(error.Status.DebugException);
        Assert.Empty(_transports.Sent);
    }

    private static HttpResponseMessage Redirect(string target)
    {
        var response = new HttpResponseMessage(HttpStatusCode.TemporaryRedirect);
        response.Headers.Location = new Uri(target);
        return response;
    }

    private HttpClient Client(Action<MeshBuilder> configure, TimeProvider? time = null)
    {
        var services = new ServiceCollection();
        services.AddSingleton(time ?? TimeProvider.System);
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Mesh:Services:catalog:Endpoints:0"] = "127.0.0.1:5001",
            ["Mesh:Services:pricing:Endpoints:0"] = "127.0.0.1:5002",
            ["Mesh:Upstreams:catalog:Grpc:CredentialHeaders:0"] = "x-api-key",
            ["Mesh:Upstreams:catalog:Grpc:AllowPlainTextCredentials"] = "true",
        }).Build());
        services.AddMesh(configure);
        services.Replace(ServiceDescriptor.Singleton<ITransportFactory>(_transports));
        services.ConfigureHttpClientDefaults(client => client.ConfigurePrimaryHttpMessageHandler(() => new Elsewhere(_seen)));
        return services.BuildServiceProvider().GetRequiredService<IHttpClientFactory>().CreateClient();
    }

    private sealed class Elsewhere(List<string> seen) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            seen.Add($"elsewhere {request.RequestUri!.AbsolutePath} {request.Headers.Authorization}");
            return Task.FromResult(new HttpResponseMessage(HttpStatusCode.InternalServerError));
        }
    }

    private sealed class Noting(string name, List<string> order) : ResilienceStrategy<HttpResponseMessage>
    {
        protected override ValueTask<Polly.Outcome<HttpResponseMessage>> ExecuteCore<TState>(
            Func<ResilienceContext, TState, ValueTask<Polly.Outcome<HttpResponseMessage>>> callback, ResilienceContext context, TState state)
        {
            order.Add(name);
            return callback(context, state);
        }

        public sealed class Options : ResilienceStrategyOptions;
    }
}

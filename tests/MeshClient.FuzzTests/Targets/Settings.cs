using System.Runtime.CompilerServices;
using System.Text;
using MeshClient.Balancing;
using MeshClient.Clusters;
using MeshClient.Configuration;
using MeshClient.Consul;
using MeshClient.Consul.Api;
using MeshClient.Consul.Discovery;
using MeshClient.Consul.Registration;
using MeshClient.Discovery;
using MeshClient.FuzzTests.Fuzzing;
using MeshClient.Model;
using MeshClient.Primitives;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace MeshClient.FuzzTests.Targets;

/// <summary>A configuration of lines <c>key=value</c>: it is refused with a sentence, or everything can be built from it and used.</summary>
internal sealed class Settings : IFuzzTarget
{
    private static readonly IReadOnlyList<byte[]> s_seeds = Seeds.Texts(
        """
        Service:Name=web
        Service:Id=web-1
        Service:Address=10.0.0.9
        Service:Port=8080
        Service:Tags:0=v2
        Service:Meta:zone=a
        Service:Weights:Passing=3
        Service:Check:Type=Http
        Service:Check:Path=/health
        Service:Check:Interval=00:00:10
        Service:Drain=00:00:05
        """,
        """
        Consul:Address=https://consul.example.com:8501
        Consul:Token=secret
        Consul:Datacenter=dc1
        Consul:Tls:ServerName=server.dc1.consul
        Consul:WaitTime=00:00:30
        Consul:MaxWatches=150
        Consul:RestartGrace=00:01:00
        """,
        """
        FirstSnapshotTimeout=00:00:05
        BareNames=true
        Upstreams:*:Timeout=00:00:03
        Upstreams:catalog:Service=catalog-v2
        Upstreams:catalog:Datacenter=dc2
        Upstreams:catalog:AttemptTimeout=00:00:01
        Upstreams:catalog:IdleTimeout=00:00:10
        Upstreams:catalog:LoadBalancing=LeastRequest
        Upstreams:catalog:Balancing:SlowStartWindow=00:00:10
        Upstreams:catalog:OutlierDetection:Consecutive5xx=5
        Upstreams:catalog:OutlierDetection:BaseEjectionTime=00:00:30
        Upstreams:catalog:Retry:MaxAttempts=3
        Upstreams:catalog:Retry:BudgetRatio=0.2
        Upstreams:catalog:Transport:ConnectTimeout=00:00:02
        Upstreams:catalog:Transport:MaxConnectionsPerEndpoint=100
        """,
        """
        Services:catalog:Endpoints:0=10.0.0.1:8080
        Services:catalog:Endpoints:1:Address=[::1]:81
        Services:catalog:Endpoints:1:Weight=3
        Services:catalog:Endpoints:1:Tags:0=v2
        Services:catalog:Endpoints:1:Meta:zone=a
        Services:orders@dc2:Endpoints:0=web-1:80
        Upstreams:catalog:Retry:MaxAttempts=1
        """);

    public int Inputs => 150;

    public byte[] Make(Mutator mutator) => mutator.Mutate(s_seeds);

    public long Allowance(byte[] input) => (8 << 20) + (1024L * input.Length);

    public async Task TakeAsync(byte[] input)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(Parse(Encoding.UTF8.GetString(input))).Build();
        var services = new ServiceCollection().AddSingleton<IConfiguration>(configuration).AddSingleton<TimeProvider>(new FakeTimeProvider());
        await using var provider = services.AddSingleton<IServiceRegistry, SilentRegistry>().AddMesh().BuildServiceProvider();
        MeshOptions options;
        try
        {
            options = provider.GetRequiredService<MeshOptionsSource>().Current;
        }
        catch (Exception exception) when (exception is OptionsValidationException or InvalidOperationException)
        {
            Assert.Contains("Mesh:", exception.Message, StringComparison.Ordinal);
            return;
        }
        UseUpstreams(provider.GetRequiredService<ClusterTable>(), options);
        await UseConsulAsync(options);
    }

    private static void UseUpstreams(ClusterTable clusters, MeshOptions options)
    {
        clusters.WatchDeclared();
        clusters.Update(ClusterPlans.Of(options));
        foreach (var cluster in clusters.All)
            cluster.State.Picker.Pick(new PickContext([], canResend: true));
        foreach (var (name, service) in options.Services)
        {
            var faults = new List<string>();
            HealthAnswers.Use(ConfiguredEndpoints.Build(name, service, faults), TimeProvider.System);
            Assert.Empty(faults);
        }
    }

    // The first query by these settings: what its answer is does not matter, that it can be sent does.
    private static async Task UseConsulAsync(MeshOptions options)
    {
        options.Consul.TokenFile = null;
        var settings = ConsulSettings.Resolve(options.Consul, _ => null);
        using var client = new ConsulClient(settings, new EmptyAnswers(), new EmptyAnswers(), TimeProvider.System);
        var watch = new ConsulWatch(new ServiceName("web"), mutualTls: false, client, TimeProvider.System, RandomSource.Instance, NullLogger.Instance);
        Assert.IsType<RegistryUpdate.Fault>(Assert.Single((await watch.StepAsync(polled: false, default)).Updates));
        if (string.IsNullOrEmpty(options.Service.Name))
            return;
        var body = RegistrationBody.Build(options.Service, new AdvertisedAddress("10.0.0.9", 80, "http"), "host");
        await client.Agent.RegisterAsync(body, default);
        Assert.True(await client.Agent.UpdateCheckAsync($"service:{body.ID}", body.Name, CheckStatus.Passing, "", default));
    }

    private static Dictionary<string, string?> Parse(string text)
    {
        var values = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (var line in text.Split('\n'))
        {
            var equals = line.IndexOf('=', StringComparison.Ordinal);
            values[$"Mesh:{(equals < 0 ? line : line[..equals])}"] = equals < 0 ? null : line[(equals + 1)..];
        }
        return values;
    }

    private sealed class SilentRegistry : IServiceRegistry
    {
        public async IAsyncEnumerable<RegistryUpdate> WatchAsync(ServiceName service, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await Task.Delay(Timeout.Infinite, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            yield break;
        }
    }

    private sealed class EmptyAnswers : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(new HttpResponseMessage { Content = new ByteArrayContent([]) });
    }
}

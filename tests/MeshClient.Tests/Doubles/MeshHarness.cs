using MeshClient.Balancing;
using MeshClient.Clusters;
using MeshClient.Endpoints;
using MeshClient.Http;
using MeshClient.Identity;
using MeshClient.Model;
using MeshClient.Primitives;
using MeshClient.Routing;
using MeshClient.Telemetry;
using MeshClient.Transport.Security;

namespace MeshClient.Tests.Doubles;

/// <summary>The whole outgoing half in virtual time, with the registry and the endpoints played by the test.</summary>
internal sealed class MeshHarness : IDisposable
{
    private readonly ClusterTable _clusters;

    public MeshHarness(Action<UpstreamOptions>? configure = null, Func<PickerContext, IPicker>? picker = null, MeshSecurity? security = null)
    {
        var options = new UpstreamOptions();
        configure?.Invoke(options);
        var pickers = new PickerFactory();
        if (picker is not null)
        {
            pickers.Add("Test", picker);
            options.LoadBalancing = "Test";
        }
        Plan = new ClusterPlan(
            new MeshNames(["catalog"], bareNames: false),
            new Dictionary<string, UpstreamOptions>(StringComparer.OrdinalIgnoreCase) { ["catalog"] = options },
            new UpstreamOptions(), TimeSpan.FromSeconds(5));
        _clusters = new ClusterTable(
            Plan, new ClusterServices(Watches, pickers, Transports, Time, new SeededRandom(1), new ClusterMetrics(Meters), new CallTelemetry(Meters), [], new ClientSecurity(security ?? MeshSecurity.Off, Time, new PeerRefusals(Time, new TestLog<PeerRefusals>())), Log));
        Client = CreateClient(Primary);
    }

    public ClusterPlan Plan { get; }

    public VirtualTime Time { get; } = new();

    public FakeWatches Watches { get; } = new();

    public ScriptedTransports Transports { get; } = new();

    /// <summary>What stands under the mesh and serves what is not the mesh's.</summary>
    public RecordingPrimary Primary { get; } = new();

    public HttpClient Client { get; }

    public TestMeters Meters { get; } = new();

    public TestLoggers Log { get; } = new();

    public ClusterTable Clusters => _clusters;

    public Cluster Catalog => _clusters.Find(new Uri("http://catalog/"))!;

    public HttpClient CreateClient(HttpMessageHandler primary) =>
        new(new MeshHandler(_clusters) { InnerHandler = primary }) { Timeout = Timeout.InfiniteTimeSpan };

    public static Endpoint Endpoint(string id, EndpointHealth health = EndpointHealth.Passing, int weight = 1) =>
        new() { InstanceId = id, Host = "127.0.0.1", Port = 5000 + id[^1], Health = health, Weight = weight };

    /// <summary>The registry says that catalog has these instances.</summary>
    public void Catalogs(params string[] ids) => Watches.Say("catalog", [.. ids.Select(id => Endpoint(id))]);

    /// <summary>Lets attempts on an instance of catalog fail until it is ejected.</summary>
    public void Eject(string id)
    {
        var endpoint = Catalog.Endpoints.Single(e => e.Endpoint.InstanceId == id);
        for (var i = 0; i < 50 && endpoint.Standing != EndpointStanding.Ejected; i++)
        {
            Make.Fails(endpoint, Outcome.ConnectFailure, Time.Now());
            Catalog.Completed(endpoint, Outcome.ConnectFailure, Time.Now());
        }
        Assert.Equal(EndpointStanding.Ejected, endpoint.Standing);
    }

    public Task<HttpResponseMessage> GetAsync(string url = "http://catalog/items", CancellationToken cancellationToken = default) =>
        Client.GetAsync(url, cancellationToken);

    /// <summary>Lets virtual time jump from timer to timer until the task has ended.</summary>
    public Task<T> RunAsync<T>(Task<T> task) => Time.RunAsync(task);

    public void Dispose()
    {
        Client.Dispose();
        _clusters.Dispose();
        Meters.Dispose();
    }
}

/// <summary>A primary handler that counts what reaches it.</summary>
internal sealed class RecordingPrimary : HttpMessageHandler
{
    public List<HttpRequestMessage> Requests { get; } = [];

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Requests.Add(request);
        return Task.FromResult(new HttpResponseMessage { Content = new StringContent("primary") });
    }

    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken) =>
        SendAsync(request, cancellationToken).GetAwaiter().GetResult();
}

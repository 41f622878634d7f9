using System.Collections.Immutable;
using System.Diagnostics;
using MeshClient.Benchmarks.Decisions;
using MeshClient.Benchmarks.Quick;
using MeshClient.Clusters;
using MeshClient.Consul.Api;
using MeshClient.DevRegistry;
using MeshClient.TestKit.Consul;
using Microsoft.Extensions.DependencyInjection;

namespace MeshClient.Benchmarks;

/// <summary>
/// How long a write to the agent takes to reach the picker: from the moment the write is sent to the moment the cluster's available endpoints
/// show it. Fails when a figure misses its target.
/// </summary>
internal static class Propagation
{
    private const int Rounds = 100;
    private const string Service = "measured";
    private const string Intentions = "intentions";

    // Milliseconds, for 99 of 100.
    private const double IntentionTarget = 500;

    /// <param name="part">"intentions" for these alone; empty = all.</param>
    /// <returns>The exit code: 0, or 1 when a target was missed.</returns>
    public static async Task<int> RunAsync(string part)
    {
        var figures = new Figures();
        var all = part != Intentions;
        if (all)
        {
            await using var registry = await DevRegistryServer.StartAsync();
            await MeasureAsync(figures, "dev-registry", registry.Address);
        }
        if (await ConsulAgent.GetSkipReasonAsync() is { } reason)
        {
            Console.WriteLine($"consul skipped: {reason}");
            return 0;
        }
        await using var agent = await ConsulAgent.StartAsync();
        if (all)
            await MeasureAsync(figures, "consul", agent.Address);
        var (requests, streams, allowed) = await DecisionPropagation.MeasureAsync(agent.Address);
        Print(figures, "consul", "denied-requests", requests, IntentionTarget);
        Print(figures, "consul", "denied-streams", streams, IntentionTarget);
        Print(figures, "consul", "allowed-requests", allowed, IntentionTarget);
        return figures.Missed == 0 ? 0 : 1;
    }

    private static async Task MeasureAsync(Figures figures, string registry, Uri address)
    {
        await using var provider = new ServiceCollection()
            .AddMesh(mesh => mesh.Configure(options =>
            {
                options.Consul.Address = address.ToString();
                options.Upstreams[Service] = new UpstreamOptions();
            }))
            .BuildServiceProvider();
        var agent = provider.GetRequiredService<ConsulClient>().Agent;
        var cluster = provider.GetRequiredService<ClusterTable>().Find(new Uri($"http://{Service}/"))!;
        await cluster.WaitUntilKnownAsync(TimeSpan.FromSeconds(10), default);

        var (registered, critical, gone) = (new List<double>(), new List<double>(), new List<double>());
        for (var round = 0; round < Rounds; round++)
        {
            var id = $"i-{round}";
            var port = 10_000 + round;
            registered.Add(await TimeAsync(() => agent.RegisterAsync(Body(id, port), default), () => Ports(cluster).Contains(port)));
            critical.Add(await TimeAsync(() => agent.UpdateCheckAsync($"service:{id}", Service, CheckStatus.Critical, "", default), () => !Ports(cluster).Contains(port)));
            await agent.UpdateCheckAsync($"service:{id}", Service, CheckStatus.Passing, "", default);
            await TimeAsync(() => Task.CompletedTask, () => Ports(cluster).Contains(port));
            gone.Add(await TimeAsync(() => agent.DeregisterAsync(id, Service, default), () => !Ports(cluster).Contains(port)));
            // Writes of their own and not a burst: the bursts are measured below.
            await Task.Delay(TimeSpan.FromMilliseconds(100));
        }
        Print(figures, registry, "registered", registered);
        Print(figures, registry, "critical", critical);
        Print(figures, registry, "gone", gone);
        figures.Add($"propagation.{registry}.settled-after-50-changes-a-second", await ChurnAsync(agent, cluster), "ms");
    }

    private static async Task<double> ChurnAsync(AgentApi agent, Cluster cluster)
    {
        const int changes = 500;
        var pace = Stopwatch.StartNew();
        for (var i = 0; i < changes; i++)
        {
            await agent.RegisterAsync(Body($"c-{i % 10}", 20_000 + i), default);
            var ahead = TimeSpan.FromMilliseconds(20 * (i + 1)) - pace.Elapsed;
            if (ahead > TimeSpan.Zero)
                await Task.Delay(ahead);
        }
        var last = Enumerable.Range(20_000 + changes - 10, 10).ToArray();
        return await TimeAsync(() => Task.CompletedTask, () => Ports(cluster).Order().SequenceEqual(last));
    }

    private static async Task<double> TimeAsync(Func<Task> write, Func<bool> seen)
    {
        var watch = Stopwatch.StartNew();
        await write();
        while (!seen())
        {
            if (watch.Elapsed > TimeSpan.FromSeconds(30))
                throw new TimeoutException("The write did not reach the picker within 30 s.");
            await Task.Delay(1);
        }
        return watch.Elapsed.TotalMilliseconds;
    }

    private static ServiceRegistration Body(string id, int port) => new()
    {
        ID = id,
        Name = Service,
        Address = "127.0.0.1",
        Port = port,
        Check = new CheckRegistration { CheckID = $"service:{id}", Name = "ttl", TTL = "10m", Status = "passing" },
    };

    private static ImmutableArray<int> Ports(Cluster cluster) => [.. cluster.State.Available.Select(e => e.Endpoint.Port)];

    private static void Print(Figures figures, string registry, string what, List<double> samples, double? target = null)
    {
        samples.Sort();
        figures.Add($"propagation.{registry}.{what}-p50", samples[samples.Count / 2], "ms");
        var (name, p99) = ($"propagation.{registry}.{what}-p99", samples[(int)(samples.Count * 0.99)]);
        if (target is { } most)
            figures.AddAtMost(name, p99, "ms", most, tolerance: 0);
        else
            figures.Add(name, p99, "ms");
        figures.Add($"propagation.{registry}.{what}-max", samples[^1], "ms");
    }
}

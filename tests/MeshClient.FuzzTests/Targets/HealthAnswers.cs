using System.Collections.Immutable;
using System.Text.Json;
using MeshClient.Balancing;
using MeshClient.Consul;
using MeshClient.Consul.Api;
using MeshClient.Consul.Discovery;
using MeshClient.Discovery.Snapshots;
using MeshClient.Endpoints;
using MeshClient.FuzzTests.Fuzzing;
using MeshClient.Identity;
using MeshClient.Model;
using MeshClient.Primitives;
using MeshClient.Transport;
using MeshClient.Transport.Security;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace MeshClient.FuzzTests.Targets;

/// <summary>An answer to a query for instances, all the way to endpoints, pickers and transports.</summary>
internal sealed class HealthAnswers : IFuzzTarget
{
    private static readonly IReadOnlyList<byte[]> s_seeds = Seeds.Of("health-", "error-");
    private static readonly ServiceName s_web = new("web");

    public int Inputs => 500;

    public byte[] Make(Mutator mutator) => ConsulWires.Answer(mutator, s_seeds);

    public long Allowance(byte[] input) => ConsulWires.Allowance(input);

    public async Task TakeAsync(byte[] input)
    {
        var time = new FakeTimeProvider();
        using var client = ConsulWires.Client(time, () => input);
        HealthAnswer answer;
        try
        {
            answer = await client.Health.ServiceAsync(new HealthQuery(s_web, 5, TimeSpan.FromSeconds(30)), default);
        }
        catch (ConsulException exception)
        {
            Assert.InRange(exception.Message.Length, 1, 4000);
            return;
        }
        Assert.InRange(answer.LastContact, TimeSpan.Zero, TimeSpan.MaxValue);
        Assert.InRange(ConsulIndex.Next(5, answer.Index), 0ul, ulong.MaxValue);
        var endpoints = new EndpointMapper().Map(answer.Entries);
        Use(endpoints, time);
        Keep(endpoints);
    }

    // What the registry says can be saved, and what is saved can be read again.
    private static void Keep(ImmutableArray<Endpoint> endpoints)
    {
        var set = new SavedSet(new ServiceSnapshot(s_web, endpoints), DateTimeOffset.UnixEpoch);
        var text = JsonSerializer.Serialize(SnapshotFile.Of("test", set), SnapshotJson.Default.SnapshotFile);
        var read = JsonSerializer.Deserialize(text, SnapshotJson.Default.SnapshotFile)!.ToSet("test", s_web, out var fault);
        Assert.True(read is not null, $"What was saved cannot be read: {fault}");
        Assert.Subset(set.Snapshot.Endpoints.ToHashSet(), read.Snapshot.Endpoints.ToHashSet());
    }

    /// <summary>Does with endpoints what a cluster does.</summary>
    public static void Use(ImmutableArray<Endpoint> endpoints, TimeProvider time)
    {
        var table = new EndpointTable();
        var changes = table.Apply(endpoints, time.Now());
        Assert.False(table.Apply(endpoints, time.Now()).Changed && endpoints.Distinct().Count() == changes.Current.Length);
        var usable = changes.Current.Where(state => state.Endpoint.IsUsable).Take(8).ToArray();
        foreach (var state in usable)
        {
            Assert.InRange(state.Endpoint.Port, 1, 65535);
            Assert.InRange(state.Endpoint.Weight, 1, 65535);
            Assert.NotEmpty(state.Endpoint.ToString());
            new SocketTransportFactory(new ClientSecurity(MeshSecurity.Off, TimeProvider.System, new PeerRefusals(TimeProvider.System, NullLogger<PeerRefusals>.Instance))).Create(new TransportTarget("web", new ServiceName("web"), state.Endpoint), new TransportOptions()).Dispose();
        }
        var pickers = new PickerFactory();
        foreach (var policy in pickers.Names)
        {
            var picked = pickers.Get(policy, "test")(new PickerContext([.. usable], RandomSource.Instance, time, new BalancingOptions())).Pick(new PickContext([]));
            Assert.Equal(usable.Length > 0, picked is not null);
        }
    }
}

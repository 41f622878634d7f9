using System.Net;
using MeshClient.Consul.Discovery;
using MeshClient.Discovery;
using MeshClient.Model;
using MeshClient.TestKit.Consul;
using MeshClient.Tests.Doubles;
using Microsoft.Extensions.Logging.Abstractions;

namespace MeshClient.Tests.Consul.Discovery;

/// <summary>What an update costs, from the agent's answer to the picker. Bytes are counted on this thread, so other tests do not disturb it.</summary>
public sealed class SnapshotCostTests : IDisposable
{
    private const int Moved = 7;

    private readonly MeshHarness _mesh = new();
    private readonly ScriptedAgent _agent;
    private readonly ConsulWatch _watch;
    private byte[] _answer = [];
    private int _index = 10;

    public SnapshotCostTests()
    {
        _agent = new ScriptedAgent((_, _) => Task.FromResult(Answer()));
        _watch = new ConsulWatch(new ServiceName("catalog"), mutualTls: false, _agent.Client(_mesh.Time), _mesh.Time, new SeededRandom(1), NullLogger.Instance);
    }

    public void Dispose() => _mesh.Dispose();

    [Fact]
    public void An_update_of_a_thousand_instances_allocates_at_most_three_megabytes()
    {
        var (one, other) = (HealthAnswers.Json(1_000), HealthAnswers.Json(1_000, Moved));
        Update(one);
        Update(other);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Update(one);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, 3 << 20);
    }

    [Fact]
    public void One_that_moves_of_ten_thousand_leaves_the_others_their_state_and_transport()
    {
        Update(HealthAnswers.Json(10_000));
        var before = _mesh.Catalog.State.Available;
        var transports = before.Select(_mesh.Catalog.TransportTo).ToArray();
        Update(HealthAnswers.Json(10_000, Moved));
        var after = _mesh.Catalog.State.Available;
        Assert.Equal(10_000, after.Length);
        for (var i = 0; i < after.Length; i++)
        {
            Assert.Equal(i != Moved, ReferenceEquals(before[i], after[i]));
            Assert.Equal(i != Moved, ReferenceEquals(transports[i], after[i].Transport));
        }
    }

    private void Update(byte[] answer)
    {
        _answer = answer;
        var step = _watch.StepAsync(polled: false, CancellationToken.None);
        Assert.True(step.IsCompletedSuccessfully, "The step must end on this thread, whose bytes are counted.");
        foreach (var update in step.Result.Updates)
        {
            var state = _mesh.Catalog.State.Watch.Next(update, _mesh.Time.GetUtcNow());
            Assert.Null(state.Trouble);
            _mesh.Watches.Say("catalog", state);
        }
    }

    private HttpResponseMessage Answer()
    {
        var response = new HttpResponseMessage(HttpStatusCode.OK) { Content = new ByteArrayContent(_answer) };
        response.Content.Headers.ContentType = new("application/json");
        response.Headers.Add("X-Consul-Index", (++_index).ToString(System.Globalization.CultureInfo.InvariantCulture));
        return response;
    }
}

using MeshClient.Consul.Discovery;
using MeshClient.Discovery;
using MeshClient.FuzzTests.Fuzzing;
using MeshClient.Model;
using MeshClient.Primitives;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace MeshClient.FuzzTests.Targets;

/// <summary>A watch through several answers: whatever comes, a step ends in updates and a bounded rest, and what was good is kept.</summary>
internal sealed class WatchedAnswers : IFuzzTarget
{
    private const int Steps = 6;
    private static readonly byte[] s_between = "\n=====\n"u8.ToArray();
    private static readonly IReadOnlyList<byte[]> s_seeds = Seeds.Of("health-", "error-", "nodes", "chain");
    private static readonly TimeSpan s_longestRest = TimeSpan.FromMinutes(1);

    public int Inputs => 60;

    public byte[] Make(Mutator mutator) =>
        [.. Enumerable.Range(0, 1 + mutator.Draw(5)).SelectMany(_ => (byte[])[.. ConsulWires.Answer(mutator, s_seeds), .. s_between])];

    public long Allowance(byte[] input) => Split(input).Sum(ConsulWires.Allowance) + (Steps << 19);

    public async Task TakeAsync(byte[] input)
    {
        var answers = new Queue<byte[]>(Split(input));
        var time = new FakeTimeProvider();
        using var client = ConsulWires.Client(time, () => answers.TryDequeue(out var next) ? next : []);
        var watch = new ConsulWatch(new ServiceName("web"), mutualTls: false, client, time, RandomSource.Instance, NullLogger.Instance);
        var state = WatchState.Empty;
        for (var i = 0; i < Steps; i++)
        {
            var step = await watch.StepAsync(polled: i % 2 == 1, default);
            Assert.InRange(step.Rest, TimeSpan.Zero, s_longestRest);
            var known = state.LastGood;
            foreach (var update in step.Updates)
                state = state.Next(update, time.GetUtcNow());
            Assert.True(known is null || state.LastGood is not null, "The last good set is lost.");
            time.Advance(step.Rest);
        }
        HealthAnswers.Use(state.LastGood?.Endpoints ?? [], time);
    }

    private static IEnumerable<byte[]> Split(byte[] input)
    {
        while (input.AsSpan().IndexOf(s_between) is >= 0 and var end)
        {
            yield return input[..end];
            input = input[(end + s_between.Length)..];
        }
        yield return input;
    }
}

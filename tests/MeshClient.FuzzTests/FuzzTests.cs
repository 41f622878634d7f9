using MeshClient.FuzzTests.Fuzzing;
using MeshClient.FuzzTests.Targets;
using Xunit.Sdk;
using Xunit.v3;

// Allocations are counted for the process, so one input is taken at a time.
[assembly: Parallelization(Mode = ParallelMode.None)]

namespace MeshClient.FuzzTests;

/// <summary>No input crashes, hangs or takes memory out of proportion.</summary>
public sealed class FuzzTests
{
    private static readonly IFuzzTarget[] s_targets =
    [
        new HealthAnswers(), new AgentAnswers(), new WatchedAnswers(), new SavedSets(), new Settings(), new Urls(), new Locations(), new RetryAfters(),
        new DeadlineHeaders(), new LoadReportHeaders(), new Addresses(), new RequestTargets(), new GrpcHealthAnswers(),
    ];

    public static TheoryData<string> Names => [.. s_targets.Select(target => target.GetType().Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task No_input_harms(string target)
    {
        var count = await FuzzRun.FeedAsync(s_targets.Single(t => t.GetType().Name == target), 1.0 / s_targets.Length);
        TestContext.Current.TestOutputHelper?.WriteLine($"{target}: {count} inputs.");
        Assert.True(count > 0);
    }
}

using MeshClient.AspNetCore.LoadReports;

namespace MeshClient.AspNetCore.Tests.LoadReports;

/// <summary>A process that uses what the test says.</summary>
internal sealed class ScriptedMeter : IProcessMeter
{
    public TimeSpan CpuTime { get; set; }

    public int Processors => 4;

    public double Memory { get; set; } = 0.25;

    public long ThreadPoolQueue { get; set; } = 7;
}

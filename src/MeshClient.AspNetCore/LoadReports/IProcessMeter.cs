namespace MeshClient.AspNetCore.LoadReports;

/// <summary>What the process uses of its machine, or of the container that it runs in.</summary>
internal interface IProcessMeter
{
    /// <summary>The time that the process has used on all processors since its start.</summary>
    TimeSpan CpuTime { get; }

    /// <summary>How many processors it may use.</summary>
    int Processors { get; }

    /// <summary>The part of the memory in use, 0 to 1.</summary>
    double Memory { get; }

    /// <summary>What waits for a thread of the pool.</summary>
    long ThreadPoolQueue { get; }
}

/// <summary>Reads them of the runtime, which heeds the limits of containers.</summary>
internal sealed class ProcessMeter : IProcessMeter
{
    public TimeSpan CpuTime
    {
        get
        {
            // Not there on some mobile systems, which are no servers.
            return OperatingSystem.IsIOS() || OperatingSystem.IsTvOS() ? default : Environment.CpuUsage.TotalTime;
        }
    }

    public int Processors => Environment.ProcessorCount;

    public double Memory
    {
        get
        {
            var available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
            return available <= 0 ? 0 : Math.Clamp((double)Environment.WorkingSet / available, 0, 1);
        }
    }

    public long ThreadPoolQueue => ThreadPool.PendingWorkItemCount;
}

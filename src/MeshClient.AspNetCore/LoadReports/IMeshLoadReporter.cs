using MeshClient.LoadReports;

namespace MeshClient.AspNetCore.LoadReports;

/// <summary>
/// Lets the application say how loaded this server is, beside what the mesh measures. A service of the container; what it is told goes out where
/// <c>Mesh:Inbound:LoadReports</c> is on. Thread-safe.
/// </summary>
/// <remarks>For what a single request cost there is <c>HttpContext.ReportMeshLoad</c>.</remarks>
public interface IMeshLoadReporter
{
    /// <summary>
    /// Replaces what the application says. It goes over what the mesh measures, field by field and name by name: a server whose bottleneck is a pool of its own sets
    /// <see cref="LoadReport.ApplicationUtilization"/>, and clients go by that in place of the CPU.
    /// </summary>
    /// <param name="report">The report, in force at once and until the next; null = nothing more is said. At most 2,048 bytes in ORCA's encoding: about 80 names of 10 characters.</param>
    /// <exception cref="ArgumentException">It is longer, and would be too long for a header: the report of before stays in force.</exception>
    void Report(LoadReport? report);
}

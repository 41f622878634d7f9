using MeshClient.AspNetCore.LoadReports;
using MeshClient.AspNetCore.Security;
using MeshClient.LoadReports;

namespace Microsoft.AspNetCore.Http;

/// <summary>Tells who calls, and takes what a request cost.</summary>
public static class MeshHttpContextExtensions
{
    /// <summary>The caller of a request: one without an identity where it has proved none, and where <c>Mesh:Security:Mode</c> is Off.</summary>
    /// <param name="context">The request.</param>
    /// <returns>The caller, never null.</returns>
    public static IMeshCaller GetMeshCaller(this HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.Features.Get<IMeshCaller>() ?? MeshConnection.LeftAlone;
    }

    /// <summary>
    /// Says what this request cost, or how loaded the server is by it: the report goes to its caller alone, over the server's own
    /// (<see cref="IMeshLoadReporter"/>), field by field and name by name. Without <c>Mesh:Inbound:LoadReports</c> nothing is sent.
    /// </summary>
    /// <param name="context">The request. For HTTP other than gRPC its answer must not have begun, since the report stands in a header.</param>
    /// <param name="report">The report; the last of several counts. At most 2,048 bytes in ORCA's encoding: about 80 names of 10 characters.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">The report is longer, and would be too long for a header.</exception>
    public static void ReportMeshLoad(this HttpContext context, LoadReport report)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(report);
        LoadReportLimit.Check(report, nameof(report));
        context.Features.Set(new RequestLoad(report));
    }
}

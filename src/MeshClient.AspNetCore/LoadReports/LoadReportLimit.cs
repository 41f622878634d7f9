using MeshClient.LoadReports;

namespace MeshClient.AspNetCore.LoadReports;

/// <summary>
/// Bounds what the application says, since it stands in a header or trailer of each answer: a client that finds more headers than it takes (8 KiB in gRPC for other
/// languages, 64 KiB in .NET) fails the call.
/// </summary>
internal static class LoadReportLimit
{
    /// <summary>The most that a report of the application may take. Two of them, the server's and a request's, go over what is measured.</summary>
    public const int MostBytes = 2048;

    /// <summary>Refuses a report that is too long.</summary>
    /// <exception cref="ArgumentException">It is.</exception>
    public static void Check(LoadReport report, string parameter)
    {
        var length = LoadReportWriter.Length(report);
        if (length <= MostBytes)
            return;
        var names = report.RequestCost.Count + report.Utilization.Count + report.NamedMetrics.Count;
        throw new ArgumentException(
            $"Expected a load report that takes at most {MostBytes} bytes, as it goes out with each answer, found one of {length} bytes with {names} names: report fewer names, or shorter ones.",
            parameter);
    }
}

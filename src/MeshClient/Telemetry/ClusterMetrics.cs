using System.Diagnostics.Metrics;

namespace MeshClient.Telemetry;

/// <summary>What the calls to services are measured by, on the library's meter.</summary>
internal sealed class ClusterMetrics
{
    private const string ServiceTag = "mesh.service";
    private readonly Counter<long> _ejections;
    private readonly Counter<long> _retries;
    private readonly Counter<long> _retriesDenied;

    public ClusterMetrics(IMeterFactory meters)
    {
        // The factory gives one meter for one name.
        var meter = meters.Create(MeshMetrics.MeterName);
        _ejections = meter.CreateCounter<long>("mesh.outlier_detection.ejections", "{ejection}", "Endpoints ejected, by reason.");
        _retries = meter.CreateCounter<long>("mesh.retries", "{retry}", "Attempts after the first.");
        _retriesDenied = meter.CreateCounter<long>("mesh.retries.denied", "{retry}", "Retries that the budget did not allow.");
    }

    public void Ejected(string service, string reason) => _ejections.Add(1, new(ServiceTag, service), new("mesh.ejection.reason", reason));

    public void Retried(string service) => _retries.Add(1, new KeyValuePair<string, object?>(ServiceTag, service));

    public void RetryDenied(string service) => _retriesDenied.Add(1, new KeyValuePair<string, object?>(ServiceTag, service));
}

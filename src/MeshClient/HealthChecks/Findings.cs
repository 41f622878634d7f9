using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace MeshClient.HealthChecks;

/// <summary>Gathers what a check finds service by service: the worst of it is the result.</summary>
internal sealed class Findings(string allWell)
{
    private readonly List<string> _troubles = [];
    private readonly Dictionary<string, object> _data = new(StringComparer.Ordinal);
    private HealthStatus _worst = HealthStatus.Healthy;

    public void Note(string service, string key, object value) => _data[$"{service}.{key}"] = value;

    public void Trouble(HealthStatus status, string sentence)
    {
        _troubles.Add(sentence);
        // The statuses are numbered from bad to good.
        if (status < _worst)
            _worst = status;
    }

    public HealthCheckResult Result() => new(_worst, _troubles.Count == 0 ? allWell : string.Join(' ', _troubles), data: _data);
}

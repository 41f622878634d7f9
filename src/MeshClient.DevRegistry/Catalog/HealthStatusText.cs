namespace MeshClient.DevRegistry.Catalog;

/// <summary>The words of the wire for a <see cref="HealthStatus"/>.</summary>
internal static class HealthStatusText
{
    public static string ToText(this HealthStatus status) => status switch
    {
        HealthStatus.Passing => "passing",
        HealthStatus.Warning => "warning",
        _ => "critical",
    };

    public static bool TryParse(string? text, out HealthStatus status)
    {
        (status, var known) = text switch
        {
            "passing" => (HealthStatus.Passing, true),
            "warning" => (HealthStatus.Warning, true),
            "critical" => (HealthStatus.Critical, true),
            _ => (HealthStatus.Critical, false),
        };
        return known;
    }
}

namespace MeshClient.DevRegistry.Catalog;

/// <summary>The state of a check.</summary>
internal enum HealthStatus
{
    Critical,
    Warning,
    Passing,
}

namespace MeshClient.HealthChecks;

/// <summary>A health check of the library, as docs/telemetry.md lists it.</summary>
/// <param name="name">The name of its registration.</param>
/// <param name="description">What it says when.</param>
/// <param name="data">What its result holds for each service, by key, where {service} is the mesh's name of the service.</param>
internal sealed class HealthCheckDefinition(string name, string description, params (string Key, string Description)[] data)
{
    public string Name => name;

    public string Description => description;

    public IReadOnlyList<(string Key, string Description)> Data => data;
}

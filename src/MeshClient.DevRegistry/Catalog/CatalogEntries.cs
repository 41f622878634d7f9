namespace MeshClient.DevRegistry.Catalog;

/// <summary>An answer and the index that a caller waits on for the next one.</summary>
internal readonly record struct Indexed<T>(T Value, ulong Index);

/// <summary>An instance and the indexes at which it was written.</summary>
internal sealed record CatalogService(ServiceDefinition Definition, ulong CreateIndex, ulong ModifyIndex);

/// <summary>An instance with the checks that decide about it: those of the node first, then its own.</summary>
internal sealed record HealthEntry(CatalogService Service, IReadOnlyList<CatalogCheck> Checks)
{
    public bool IsPassing => Checks.All(static check => check.Status == HealthStatus.Passing);
}

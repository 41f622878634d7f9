namespace MeshClient.DevRegistry.Catalog;

/// <summary>A check as every reader of the catalog sees it. An empty <see cref="ServiceId"/> is a check of the node itself.</summary>
internal sealed record CatalogCheck
{
    public required string Id { get; init; }
    public required string Name { get; init; }
    public required HealthStatus Status { get; init; }
    public string Notes { get; init; } = "";
    public string Output { get; init; } = "";
    public string ServiceId { get; init; } = "";
    public string ServiceName { get; init; } = "";
    public IReadOnlyList<string> ServiceTags { get; init; } = [];
    public string Type { get; init; } = "";
    public ulong CreateIndex { get; init; }
    public ulong ModifyIndex { get; init; }

    /// <summary>Whether writing <paramref name="other"/> over this would change nothing but the indexes.</summary>
    public bool SameAs(CatalogCheck other) =>
        this with { ServiceTags = other.ServiceTags, CreateIndex = other.CreateIndex, ModifyIndex = other.ModifyIndex } == other
        && ServiceTags.SequenceEqual(other.ServiceTags, StringComparer.Ordinal);
}

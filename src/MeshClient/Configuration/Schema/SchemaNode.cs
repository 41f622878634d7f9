namespace MeshClient.Configuration.Schema;

/// <summary>What stands at a place of the configuration.</summary>
internal enum SchemaKind
{
    Text,
    Time,
    Integer,
    Number,
    Boolean,
    Section,
    List,
}

/// <summary>What may stand at one place of the configuration.</summary>
internal sealed record SchemaNode(SchemaKind Kind)
{
    /// <summary>The keys of a section, compared without case as the configuration does.</summary>
    public IReadOnlyDictionary<string, SchemaNode> Properties { get; init; } = new Dictionary<string, SchemaNode>();

    /// <summary>What stands under the keys of a section that its users name, such as services; null = it has none.</summary>
    public SchemaNode? Free { get; init; }

    /// <summary>The items of a list.</summary>
    public SchemaNode? Items { get; init; }

    /// <summary>What may stand in place of a section as a single value; null = nothing.</summary>
    public SchemaNode? Short { get; init; }

    /// <summary>The only values; empty = any.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    public double? Least { get; init; }

    public double? Most { get; init; }

    /// <summary>The place of a child; null = there is no such key.</summary>
    public SchemaNode? Find(string key) =>
        Kind == SchemaKind.List ? (int.TryParse(key, out _) ? Items : null) : Properties.GetValueOrDefault(key) ?? Free;
}

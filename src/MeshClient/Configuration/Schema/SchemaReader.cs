using System.Text.Json;

namespace MeshClient.Configuration.Schema;

/// <summary>
/// Reads ConfigurationSchema.json out of the assembly: what editors check by is what the start checks by, and no type is reflected over. It
/// understands the part of JSON Schema that the file uses.
/// </summary>
internal static class SchemaReader
{
    private static readonly Lazy<SchemaNode> s_mesh = new(Load);

    /// <summary>The <c>Mesh</c> section.</summary>
    public static SchemaNode Mesh => s_mesh.Value;

    private static SchemaNode Load()
    {
        using var stream = typeof(SchemaReader).Assembly.GetManifestResourceStream("ConfigurationSchema.json")
            ?? throw new InvalidOperationException("Expected the resource ConfigurationSchema.json in MeshClient.dll, found none: the build is damaged.");
        using var document = JsonDocument.Parse(stream);
        return Read(document.RootElement.GetProperty("properties").GetProperty(MeshOptions.SectionName));
    }

    private static SchemaNode Read(JsonElement schema)
    {
        if (schema.TryGetProperty("anyOf", out var anyOf))
        {
            var nodes = anyOf.EnumerateArray().Select(Read).ToArray();
            return nodes is [var value, { Kind: SchemaKind.Section } section] ? section with { Short = value } : nodes[^1];
        }
        if (!schema.TryGetProperty("type", out var type))
            return new SchemaNode(SchemaKind.Text) { Names = Names(schema) };
        return type.GetString() switch
        {
            "object" => new SchemaNode(SchemaKind.Section)
            {
                Properties = schema.TryGetProperty("properties", out var properties)
                    ? properties.EnumerateObject().ToDictionary(p => p.Name, p => Read(p.Value), StringComparer.OrdinalIgnoreCase)
                    : [],
                Free = schema.TryGetProperty("additionalProperties", out var free) && free.ValueKind == JsonValueKind.Object ? Read(free) : null,
            },
            "array" => new SchemaNode(SchemaKind.List) { Items = Read(schema.GetProperty("items")) },
            "integer" => Bounded(SchemaKind.Integer, schema),
            "number" => Bounded(SchemaKind.Number, schema),
            "boolean" => new SchemaNode(SchemaKind.Boolean),
            // The times are the only texts that have a pattern.
            _ => new SchemaNode(schema.TryGetProperty("pattern", out _) ? SchemaKind.Time : SchemaKind.Text) { Names = Names(schema) },
        };
    }

    private static SchemaNode Bounded(SchemaKind kind, JsonElement schema) => new(kind)
    {
        Least = schema.TryGetProperty("minimum", out var least) ? least.GetDouble() : null,
        Most = schema.TryGetProperty("maximum", out var most) ? most.GetDouble() : null,
    };

    private static string[] Names(JsonElement schema) =>
        schema.TryGetProperty("enum", out var names) ? [.. names.EnumerateArray().Select(n => n.GetString()!)] : [];
}

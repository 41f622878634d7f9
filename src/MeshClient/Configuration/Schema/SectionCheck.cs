using Microsoft.Extensions.Configuration;

namespace MeshClient.Configuration.Schema;

/// <summary>
/// Finds what a binder would drop or misread: unknown keys, values that are none of their kind, a value in place of a section and a section in
/// place of a value. Values that may be secrets are not repeated: only those of keys that are known and no text are.
/// </summary>
internal sealed class SectionCheck
{
    private readonly List<string> _faults = [];

    private SectionCheck()
    {
    }

    /// <summary>What is wrong with the <c>Mesh</c> section, one sentence each; empty = nothing.</summary>
    public static IReadOnlyList<string> Faults(IConfigurationSection mesh)
    {
        var check = new SectionCheck();
        check.Check(mesh, SchemaReader.Mesh);
        return check._faults;
    }

    private void Check(IConfigurationSection at, SchemaNode node)
    {
        var children = at.GetChildren().ToArray();
        if (node.Kind is not (SchemaKind.Section or SchemaKind.List))
        {
            if (children.Length > 0)
                Add(at, $"expected {SchemaValues.Expected(node)}, found a section with the keys {string.Join(", ", children.Select(c => c.Key))}.");
            else if (at.Value is { } value && !SchemaValues.Accepts(node, value))
                Add(at, $"expected {SchemaValues.Expected(node)}, found {Quoted(value)}.{SchemaValues.Hint(node, value)}");
            return;
        }
        // An empty list or object is an empty value to the configuration.
        if (children.Length == 0 && at.Value is { Length: > 0 } single)
        {
            if (node.Short is null)
                Add(at, $"expected {SchemaValues.Expected(node)}, found the value {Quoted(single)}.");
            return;
        }
        foreach (var child in children)
        {
            if (node.Find(child.Key) is { } known)
                Check(child, known);
            else if (node.Kind == SchemaKind.List)
                Add(child, $"expected a list, whose items have the keys 0, 1, ..., found the key {child.Key}.");
            else
                Add(child, $"unknown key. {KeyHints.For(child.Key, node)}");
        }
    }

    private void Add(IConfigurationSection at, string what) => _faults.Add($"{at.Path}: {what}");

    private static string Quoted(string value) => value.Length == 0 ? "nothing" : $"\"{value}\"";
}

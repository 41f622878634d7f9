namespace MeshClient.Telemetry;

/// <summary>A tag of measurements or an attribute of spans. Signals are made, and docs/telemetry.md is written, from definitions alone.</summary>
/// <param name="name">Its name.</param>
/// <param name="description">What it says.</param>
/// <param name="values">The values it can have; none = they are open.</param>
internal sealed class TagDefinition(string name, string description, params string[] values)
{
    public string Name => name;

    public string Description => description;

    public IReadOnlyList<string> Values => values;

    /// <summary>The tag with a value.</summary>
    public KeyValuePair<string, object?> Of(object? value) => new(name, value);
}

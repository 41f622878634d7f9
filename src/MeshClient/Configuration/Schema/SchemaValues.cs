using System.Globalization;

namespace MeshClient.Configuration.Schema;

/// <summary>Which texts the binder can make values of, and how the expected ones are described.</summary>
internal static class SchemaValues
{
    /// <summary>Whether the text is a value of the place.</summary>
    public static bool Accepts(SchemaNode node, string text) => node.Kind switch
    {
        SchemaKind.Time => IsTime(text),
        SchemaKind.Integer => int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out _),
        SchemaKind.Number => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _),
        SchemaKind.Boolean => bool.TryParse(text, out _),
        _ => node.Names.Count == 0 || node.Names.Contains(text.Trim(), StringComparer.OrdinalIgnoreCase),
    };

    /// <summary>What is expected, for an error.</summary>
    public static string Expected(SchemaNode node) => node switch
    {
        { Kind: SchemaKind.Time } => "a time written hh:mm:ss, such as 00:00:02 for 2 s",
        { Kind: SchemaKind.Integer } => $"a whole number{Range(node)}",
        { Kind: SchemaKind.Number } => $"a number{Range(node)}",
        { Kind: SchemaKind.Boolean } => "true or false",
        { Kind: SchemaKind.List } => "a list",
        { Kind: SchemaKind.Section, Properties.Count: 0 } => "a section of keys and values",
        { Kind: SchemaKind.Section } => $"a section with keys such as {node.Properties.Keys.First()}",
        { Names.Count: > 0 } => $"one of {string.Join(", ", node.Names)}",
        _ => "a text",
    };

    /// <summary>Why a text is refused that looks right; empty = nothing to say.</summary>
    public static string Hint(SchemaNode node, string text)
    {
        if (text.Length == 0)
            return " Leave the key out for its default.";
        if (node.Kind != SchemaKind.Time)
            return "";
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _))
            return " A bare number would mean days.";
        return text.Count(c => c == ':') == 1 ? " Two parts could be hours and minutes or minutes and seconds: write all three." : "";
    }

    // The format by itself also takes "2" for two days, and .NET's other formats take "24:00:00" for 24 days.
    private static bool IsTime(string text) =>
        text.Count(c => c == ':') == 2 && TimeSpan.TryParseExact(text.Trim(), "c", CultureInfo.InvariantCulture, out _);

    private static string Range(SchemaNode node) => node switch
    {
        { Least: { } least, Most: >= int.MaxValue } => FormattableString.Invariant($", at least {least}"),
        { Least: { } least, Most: { } most } => FormattableString.Invariant($" from {least} to {most}"),
        _ => "",
    };
}

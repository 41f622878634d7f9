using System.Text.RegularExpressions;

namespace MeshClient.Matching;

internal enum TextMatchKind
{
    Exact,
    Prefix,
    Suffix,
    Contains,
    Regex,
}

/// <summary>Whether a text is of a kind. Immutable; a regular expression is compiled once and must match the whole text.</summary>
internal sealed class TextMatch
{
    private readonly TextMatchKind _kind;
    private readonly string _value;
    private readonly StringComparison _comparison;
    private readonly Regex? _regex;

    /// <exception cref="FormatException">The regular expression cannot be used.</exception>
    public TextMatch(TextMatchKind kind, string value, bool ignoreCase)
    {
        _kind = kind;
        _value = value;
        _comparison = ignoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        _regex = kind == TextMatchKind.Regex ? LinearRegex.Compile(value, ignoreCase) : null;
    }

    public bool IsMatch(ReadOnlySpan<char> text) => _kind switch
    {
        TextMatchKind.Exact => text.Equals(_value, _comparison),
        TextMatchKind.Prefix => text.StartsWith(_value, _comparison),
        TextMatchKind.Suffix => text.EndsWith(_value, _comparison),
        TextMatchKind.Contains => text.Contains(_value, _comparison),
        _ => _regex!.IsMatch(text),
    };
}

namespace MeshClient.Matching;

/// <summary>Whether a path, in the form of <see cref="RequestPath"/>, is of a kind.</summary>
internal sealed class PathMatch
{
    private readonly TextMatch _text;

    /// <summary>A match of paths.</summary>
    /// <param name="kind">Exact, prefix (a plain one, as Consul has it: <c>/admin</c> is also that of <c>/administrators</c>) or regular expression.</param>
    /// <param name="value">The path; brought to the form that requests are brought to, unless it is an expression.</param>
    /// <param name="reading">Whether case counts.</param>
    /// <exception cref="FormatException">The path or the expression cannot be used; the message says why.</exception>
    public PathMatch(TextMatchKind kind, string value, Reading reading)
    {
        if (kind is not (TextMatchKind.Exact or TextMatchKind.Prefix or TextMatchKind.Regex))
            throw new ArgumentOutOfRangeException(nameof(kind), kind, "Expected a path that is exact, a prefix or a regular expression.");
        _text = new TextMatch(kind, kind == TextMatchKind.Regex ? value : Normal(value), reading == Reading.Wide);
    }

    public bool IsMatch(ReadOnlySpan<char> path) => _text.IsMatch(path);

    private static string Normal(string value)
    {
        if (!value.StartsWith('/') || value.Contains('?', StringComparison.Ordinal))
            throw new FormatException($"Expected a path that begins with '/' and has no query, found \"{value}\".");
        // Folded, "/a/.." would be "/" and let everything in.
        var segments = value[1..].Replace("%2e", ".", StringComparison.OrdinalIgnoreCase).Split('/');
        if (segments.Any(s => s is "." or "..") || segments[..^1].Contains(""))
            throw new FormatException($"Expected a path without dot segments and doubled slashes, found \"{value}\".");
        var path = RequestPath.Normalize(value, new char[value.Length], out var fault);
        return fault == PathFault.None ? path.ToString() : throw new FormatException($"Expected a path, found \"{value}\" with {fault.Describe()}.");
    }
}

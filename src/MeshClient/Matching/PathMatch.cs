using System.Buffers;

namespace MeshClient.Matching;

/// <summary>Whether a path, in the form of <see cref="RequestPath"/>, is of a kind.</summary>
internal sealed class PathMatch
{
    private const int OnStack = 256;

    private readonly TextMatch _text;
    private readonly TextMatch? _ignoringCase;
    private readonly bool _isWide;

    /// <summary>A match of paths.</summary>
    /// <param name="kind">Exact, prefix (a plain one, as Consul has it: <c>/admin</c> is also that of <c>/administrators</c>) or regular expression.</param>
    /// <param name="value">The path; brought to the form that requests are brought to, unless it is an expression.</param>
    /// <param name="reading">Whether case and a slash at the end count.</param>
    /// <exception cref="FormatException">The path or the expression cannot be used; the message says why.</exception>
    public PathMatch(TextMatchKind kind, string value, Reading reading)
    {
        if (kind is not (TextMatchKind.Exact or TextMatchKind.Prefix or TextMatchKind.Regex))
            throw new ArgumentOutOfRangeException(nameof(kind), kind, "Expected a path that is exact, a prefix or a regular expression.");
        _isWide = reading == Reading.Wide;
        if (kind != TextMatchKind.Regex)
            _text = new TextMatch(kind, Normal(value), _isWide);
        else
        {
            // Without regard to case "[^A-Z]" is no letter at all: what matches as it is written must go on matching.
            _text = new TextMatch(kind, value, ignoreCase: false);
            _ignoringCase = _isWide ? new TextMatch(kind, value, ignoreCase: true) : null;
        }
    }

    public bool IsMatch(ReadOnlySpan<char> path) => IsMatchAsIs(path) || (_isWide && path.Length > 1 && IsMatchAtOtherEnd(path));

    private bool IsMatchAsIs(ReadOnlySpan<char> path) => _text.IsMatch(path) || _ignoringCase?.IsMatch(path) == true;

    // Routing takes "/admin" and "/admin/" for the same.
    private bool IsMatchAtOtherEnd(ReadOnlySpan<char> path)
    {
        if (path[^1] == '/')
            return IsMatchAsIs(path[..^1]);
        var length = path.Length + 1;
        var rented = length > OnStack ? ArrayPool<char>.Shared.Rent(length) : null;
        Span<char> longer = rented ?? stackalloc char[OnStack];
        path.CopyTo(longer);
        longer[path.Length] = '/';
        var matches = IsMatchAsIs(longer[..length]);
        if (rented is not null)
            ArrayPool<char>.Shared.Return(rented);
        return matches;
    }

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

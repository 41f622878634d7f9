using System.Text;

namespace MeshClient.Matching;

/// <summary>Writes a path segment by segment and takes dot segments and empty ones away as they end.</summary>
internal ref struct PathFolder
{
    private readonly Span<char> _buffer;
    private int _length;
    private int _segment;
    private bool _begun;
    private bool _sawEmpty;

    public PathFolder(Span<char> buffer) => _buffer = buffer;

    public readonly ReadOnlySpan<char> Path => _buffer[.._length];

    public PathFault Add(char c)
    {
        _buffer[_length++] = c;
        return PathFault.None;
    }

    public PathFault Add(Rune rune)
    {
        _length += rune.EncodeToUtf16(_buffer[_length..]);
        return PathFault.None;
    }

    /// <summary>Ends a segment at a slash; the first slash begins the path.</summary>
    public PathFault EndSegment()
    {
        if (!_begun)
        {
            _begun = true;
            _buffer[0] = '/';
            _length = _segment = 1;
            return PathFault.None;
        }
        if (_length == _segment)
        {
            _sawEmpty = true;
            return PathFault.None;
        }
        var fault = FoldDots(out var folded);
        if (fault == PathFault.None && !folded)
        {
            _buffer[_length++] = '/';
            _segment = _length;
        }
        return fault;
    }

    /// <summary>Ends the path.</summary>
    public PathFault End() => FoldDots(out _);

    private PathFault FoldDots(out bool folded)
    {
        var segment = _buffer[_segment.._length];
        folded = segment is "." or "..";
        if (!folded)
            return PathFault.None;
        var up = segment.Length == 2;
        _length = _segment;
        if (!up)
            return PathFault.None;
        if (_sawEmpty)
            return PathFault.AmbiguousDots;
        if (_segment == 1)
            return PathFault.AboveRoot;
        _segment = _buffer[..(_segment - 1)].LastIndexOf('/') + 1;
        _length = _segment;
        return PathFault.None;
    }
}

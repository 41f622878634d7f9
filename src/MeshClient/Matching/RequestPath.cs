using System.Buffers;
using System.Text;

namespace MeshClient.Matching;

/// <summary>Brings the path of a request to the one form that is matched: decoded once, without dot segments and doubled slashes.</summary>
/// <remarks>
/// The form is what Kestrel shows the application as the path, with doubled slashes made one; case is kept. What could be read in two ways is a fault and not
/// a guess: whoever matches must deny it. Nothing is allocated, and a path with nothing to decode is a slice of the target.
/// </remarks>
internal static class RequestPath
{
    // Printable ASCII but for what must be looked at: '%', '\', '#', and '?' which ends the path.
    private static readonly SearchValues<char> s_plain = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@/\"<>[]^`{|}");

    private static readonly SearchValues<char> s_authority = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._:");

    private static readonly SearchValues<string> s_foldable = SearchValues.Create(["//", "/."], StringComparison.Ordinal);

    /// <summary>The path of a target that is in its form already.</summary>
    /// <returns>False = it must be brought to it by <see cref="Normalize"/>, if it can be.</returns>
    public static bool TryGetPlain(ReadOnlySpan<char> target, out ReadOnlySpan<char> path)
    {
        path = PathOf(target);
        return !path.IsEmpty && !path.ContainsAnyExcept(s_plain) && !path.ContainsAny(s_foldable);
    }

    /// <summary>The path of a target, in its form.</summary>
    /// <param name="target">The target as it was sent.</param>
    /// <param name="buffer">Room for the path, at least as long as the target.</param>
    /// <param name="fault">Why there is none.</param>
    /// <returns>The path; empty with a fault.</returns>
    public static ReadOnlySpan<char> Normalize(ReadOnlySpan<char> target, Span<char> buffer, out PathFault fault)
    {
        var path = PathOf(target);
        if (path.IsEmpty)
        {
            fault = PathFault.NotAPath;
            return default;
        }
        var folder = new PathFolder(buffer);
        fault = Decode(path, ref folder);
        if (fault == PathFault.None)
            fault = folder.End();
        var normal = folder.Path;
        if (fault == PathFault.None && HoldsEscape(normal))
            fault = PathFault.EncodedTwice;
        return fault == PathFault.None ? normal : default;
    }

    private static PathFault Decode(ReadOnlySpan<char> path, ref PathFolder folder)
    {
        for (var i = 0; i < path.Length; i++)
        {
            var c = path[i];
            var fault = c switch
            {
                '/' => folder.EndSegment(),
                '%' => DecodeEscape(path, ref i, ref folder),
                '\\' => PathFault.HiddenSeparator,
                < ' ' or '\u007F' => PathFault.ControlCharacter,
                ' ' or '#' or > '\u007F' => PathFault.ForbiddenCharacter,
                _ => folder.Add(c),
            };
            if (fault != PathFault.None)
                return fault;
        }
        return PathFault.None;
    }

    /// <summary>Decodes one character, of one escape or several; <paramref name="i"/> moves to the last digit.</summary>
    private static PathFault DecodeEscape(ReadOnlySpan<char> path, ref int i, ref PathFolder folder)
    {
        Span<byte> bytes = stackalloc byte[4];
        var count = 0;
        while (count < bytes.Length && TryReadEscape(path[(i + (count * 3))..], out bytes[count]))
        {
            count++;
            if (bytes[0] < 0x80)
                break;
        }
        if (count == 0 || Rune.DecodeFromUtf8(bytes[..count], out var rune, out var used) != OperationStatus.Done)
            return PathFault.BadEncoding;
        i += (used * 3) - 1;
        if (Rune.IsControl(rune))
            return PathFault.ControlCharacter;
        return rune.Value is '/' or '\\' ? PathFault.HiddenSeparator : folder.Add(rune);
    }

    private static bool TryReadEscape(ReadOnlySpan<char> text, out byte value)
    {
        value = 0;
        if (text.Length < 3 || text[0] != '%' || !char.IsAsciiHexDigit(text[1]) || !char.IsAsciiHexDigit(text[2]))
            return false;
        value = (byte)((Digit(text[1]) << 4) | Digit(text[2]));
        return true;
    }

    private static int Digit(char c) => c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;

    private static bool HoldsEscape(ReadOnlySpan<char> path)
    {
        for (var at = path.IndexOf('%'); at >= 0; at = path.IndexOf('%'))
        {
            if (TryReadEscape(path[at..], out _))
                return true;
            path = path[(at + 1)..];
        }
        return false;
    }

    /// <summary>
    /// From the first slash to the query. Of the absolute form too, where its authority is plain enough to end at one place for every reader: a name or an
    /// IPv4 address, with or without a port. Empty = there is no path, or others could see another.
    /// </summary>
    private static ReadOnlySpan<char> PathOf(ReadOnlySpan<char> target)
    {
        var query = target.IndexOf('?');
        if (query >= 0)
            target = target[..query];
        if (target.StartsWith('/'))
            return target;
        var authority = target.StartsWith("http://", StringComparison.OrdinalIgnoreCase) ? target["http://".Length..]
            : target.StartsWith("https://", StringComparison.OrdinalIgnoreCase) ? target["https://".Length..]
            : default;
        var end = authority.IndexOfAnyExcept(s_authority);
        if (authority.IsEmpty || end == 0)
            return default;
        if (end < 0)
            return "/";
        return authority[end] == '/' ? authority[end..] : default;
    }
}

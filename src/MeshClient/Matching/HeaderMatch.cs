using System.Buffers;
using Microsoft.Extensions.Primitives;

namespace MeshClient.Matching;

/// <summary>Whether a request's header is of a kind. The case of names never counts.</summary>
/// <param name="name">The header's name.</param>
/// <param name="text">What its value must be; null = any, the header must be there.</param>
/// <param name="invert">Whether the opposite is asked for.</param>
/// <param name="reading">How several values, and a missing one, are read.</param>
internal sealed class HeaderMatch(string name, TextMatch? text, bool invert, Reading reading)
{
    private const int OnStack = 256;

    public bool IsMatch(in RequestFacts request)
    {
        var values = request.Header(name);
        if (values.Count == 0)
        {
            // A missing header is no value, of which neither the condition nor its opposite holds; but "is not x" holds to whoever looks for x.
            return invert && (text is null || reading == Reading.Wide);
        }
        if (text is null)
            return !invert;
        if (values.Count == 1)
            return text.IsMatch(values[0]) != invert;
        return (reading == Reading.Wide && AnyMatches(values)) || IsMatchJoined(values) != invert;
    }

    private bool AnyMatches(StringValues values)
    {
        foreach (var value in values)
        {
            if (text!.IsMatch(value) != invert)
                return true;
        }
        return false;
    }

    private bool IsMatchJoined(StringValues values)
    {
        var length = values.Count - 1;
        foreach (var value in values)
            length += value?.Length ?? 0;
        var rented = length > OnStack ? ArrayPool<char>.Shared.Rent(length) : null;
        Span<char> joined = rented ?? stackalloc char[OnStack];
        var at = 0;
        for (var i = 0; i < values.Count; i++)
        {
            if (i > 0)
                joined[at++] = ',';
            values[i].AsSpan().CopyTo(joined[at..]);
            at += values[i]?.Length ?? 0;
        }
        var matches = text!.IsMatch(joined[..at]);
        if (rented is not null)
            ArrayPool<char>.Shared.Return(rented);
        return matches;
    }
}

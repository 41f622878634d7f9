using System.Text;

namespace MeshClient.FuzzTests.Fuzzing;

/// <summary>Makes inputs that are nearly right: a seed changed in a few places. All draws come from one seed, so that every input can be made again.</summary>
internal sealed class Mutator(int seed)
{
    private const int MostChanges = 6;
    private const int LongestInput = 1 << 18;

    private static readonly string[] s_numbers =
    [
        "-1", "0", "1", "65535", "65536", "2147483647", "2147483648", "-9223372036854775808", "9223372036854775807", "18446744073709551615",
        "18446744073709551616", "1e999", "0.5", "-0", "00", "99999999999999999999999999999999", "0x10", "NaN",
    ];

    private static readonly string[] s_words =
    [
        "\"", "\\", "\\u0000", "\\ud800", "\"\"", "null", "true", "[]", "{}", "[", "]", "{", "}", ",", ":", "\r\n", "\n", "\0", " ", "\t", "é", "\u3000",
        "💥", "\ufeff", "::1", "[]", "[::1]", "%00", "%2f", "..", "//", "@", "#", "?", "*", "-", "+", "http://", "https://", "xn--", ".mesh", ":0", ":99999",
    ];

    private readonly Random _random = new(seed);

    /// <summary>A number from 0 to below <paramref name="bound"/>.</summary>
    public int Draw(int bound) => _random.Next(bound);

    /// <summary>One of several.</summary>
    public T OneOf<T>(IReadOnlyList<T> choices) => choices[_random.Next(choices.Count)];

    /// <summary>One of the seeds, changed in up to six places; now and then as it is.</summary>
    public byte[] Mutate(IReadOnlyList<byte[]> seeds)
    {
        var input = OneOf(seeds);
        for (var left = _random.Next(MostChanges + 1); left > 0; left--)
            input = Change(input, seeds);
        return input.Length <= LongestInput ? input : input[..LongestInput];
    }

    private byte[] Change(byte[] input, IReadOnlyList<byte[]> seeds) => _random.Next(11) switch
    {
        0 => FlipBit(input),
        1 => input[..Place(input)],
        2 => Cut(input),
        3 => Repeat(input),
        4 => Splice(input, OneOf(seeds)),
        5 => Number(input),
        6 => Insert(input, Encoding.UTF8.GetBytes(OneOf(s_words))),
        7 => Insert(input, Enumerable.Repeat((byte)_random.Next(256), 1 << _random.Next(15)).ToArray()),
        8 => Nest(input),
        9 => Text(input),
        _ => Insert(input, [(byte)_random.Next(256)]),
    };

    private byte[] FlipBit(byte[] input)
    {
        if (input.Length == 0)
            return input;
        var copy = input.ToArray();
        copy[_random.Next(copy.Length)] ^= (byte)(1 << _random.Next(8));
        return copy;
    }

    private byte[] Cut(byte[] input)
    {
        var (from, to) = Slice(input);
        return [.. input[..from], .. input[to..]];
    }

    private byte[] Repeat(byte[] input)
    {
        var (from, to) = Slice(input);
        var times = Math.Min(1 << _random.Next(8), LongestInput / Math.Max(1, to - from));
        return [.. input[..to], .. Enumerable.Repeat(input[from..to], times).SelectMany(slice => slice), .. input[to..]];
    }

    private byte[] Splice(byte[] input, byte[] other) => [.. input[..Place(input)], .. other[Place(other)..]];

    // The digits around a place give way to a number at an edge.
    private byte[] Number(byte[] input)
    {
        var place = Place(input);
        var found = input.AsSpan(place).IndexOfAnyInRange((byte)'0', (byte)'9');
        var from = place + Math.Max(0, found);
        var to = from;
        while (to < input.Length && char.IsAsciiDigit((char)input[to]))
            to++;
        return [.. input[..from], .. Encoding.ASCII.GetBytes(OneOf(s_numbers)), .. input[to..]];
    }

    // A quoted text gives way to another, so that the rest stays readable and the change is met further in.
    private byte[] Text(byte[] input)
    {
        var place = Place(input);
        var open = input.AsSpan(place).IndexOf((byte)'"');
        var from = place + open + 1;
        var length = open < 0 ? -1 : input.AsSpan(from).IndexOf((byte)'"');
        if (length < 0)
            return Insert(input, "\"\""u8.ToArray());
        var text = string.Concat(Enumerable.Range(0, _random.Next(4)).Select(_ => OneOf(s_words)));
        return [.. input[..from], .. Encoding.UTF8.GetBytes(text.Replace("\"", "\\\"", StringComparison.Ordinal)), .. input[(from + length)..]];
    }

    private byte[] Nest(byte[] input)
    {
        var depth = 1 << _random.Next(14);
        var open = OneOf(["[", "{\"a\":", "{\"Checks\":[", "{\"Node\":"]);
        return Insert(input, Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(open, Math.Min(depth, LongestInput / open.Length)))));
    }

    private byte[] Insert(byte[] input, byte[] what)
    {
        var place = Place(input);
        return [.. input[..place], .. what, .. input[place..]];
    }

    private int Place(byte[] input) => _random.Next(input.Length + 1);

    private (int From, int To) Slice(byte[] input)
    {
        var (a, b) = (Place(input), Place(input));
        return a < b ? (a, b) : (b, a);
    }
}

using System.Text;
using System.Text.RegularExpressions;

namespace MeshClient.Matching;

/// <summary>
/// Regular expressions as Consul's proxy has them (RE2): the whole text must match, and the time is linear in its length whatever the pattern. What RE2 and
/// .NET read differently is translated, or refused where it cannot be.
/// </summary>
internal static class LinearRegex
{
    /// <summary>Longer patterns are refused: they cost memory in each process.</summary>
    public const int Longest = 4096;

    /// <summary>Compiles a pattern.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <param name="ignoreCase">Whether letters match in both cases.</param>
    /// <exception cref="FormatException">The pattern cannot be used; the message says why.</exception>
    public static Regex Compile(string pattern, bool ignoreCase)
    {
        if (pattern.Length > Longest)
            throw new FormatException($"Expected a regular expression of at most {Longest} characters, found {pattern.Length}.");
        var options = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | (ignoreCase ? RegexOptions.IgnoreCase : RegexOptions.None);
        try
        {
            // Compiled alone first: in the group, "a)(b" would pass for a whole expression.
            var translated = Translate(pattern);
            _ = new Regex(translated, options);
            return new Regex($@"\A(?:{translated})\z", options);
        }
        catch (Exception error) when (error is ArgumentException or NotSupportedException)
        {
            throw new FormatException($"Expected a regular expression in RE2's syntax, found \"{pattern}\": {error.Message}", error);
        }
    }

    private static string Translate(string pattern)
    {
        var text = new StringBuilder(pattern.Length + 16);
        var inClass = false;
        for (var i = 0; i < pattern.Length; i++)
        {
            var next = i + 1 < pattern.Length ? pattern[i + 1] : '\0';
            switch (pattern[i])
            {
                case '\\':
                    text.Append(Escape(next, inClass));
                    i++;
                    break;
                case '[' when inClass:
                    // A named class in RE2 ([:alpha:]), a subtraction in .NET; a plain bracket is written \[.
                    throw new ArgumentException("A bracket inside of a character class is not supported: write it as \\[, and named classes as ranges.");
                case '[':
                    inClass = true;
                    text.Append('[');
                    // A ']' that stands first is a member.
                    if (next == '^')
                    {
                        text.Append('^');
                        i++;
                    }
                    if (i + 1 < pattern.Length && pattern[i + 1] == ']')
                    {
                        text.Append(@"\]");
                        i++;
                    }
                    break;
                case ']' when inClass:
                    inClass = false;
                    text.Append(']');
                    break;
                case '$' when !inClass:
                    // In .NET it would also match before a line break at the end.
                    text.Append(@"\z");
                    break;
                case '(' when !inClass && next == '?' && i + 2 < pattern.Length && pattern[i + 2] == 'P':
                    text.Append("(?");
                    i += 2;
                    break;
                default:
                    text.Append(pattern[i]);
                    break;
            }
        }
        return text.ToString();
    }

    // RE2's classes are those of ASCII.
    private static string Escape(char letter, bool inClass) => (letter, inClass) switch
    {
        ('d', true) => "0-9",
        ('w', true) => "0-9A-Za-z_",
        ('s', true) => @"\t\n\f\r ",
        ('d', false) => "[0-9]",
        ('D', false) => "[^0-9]",
        ('w', false) => "[0-9A-Za-z_]",
        ('W', false) => "[^0-9A-Za-z_]",
        ('s', false) => @"[\t\n\f\r ]",
        ('S', false) => @"[^\t\n\f\r ]",
        ('D' or 'W' or 'S' or 'b' or 'B', true) or ('b' or 'B' or 'Z' or 'G' or 'Q' or 'C', _) =>
            throw new ArgumentException($"\\{letter} is not supported here."),
        ('\0', _) => throw new ArgumentException("A pattern cannot end in a backslash."),
        _ => $"\\{letter}",
    };
}

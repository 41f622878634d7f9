using System.Globalization;
using System.Text;

namespace MeshClient.Identity;

/// <summary>What a peer wrote, fit for a line of the log: it may hold line breaks and be of any length.</summary>
internal static class Printable
{
    private const int Longest = 200;

    public static string Of(string text)
    {
        var line = new StringBuilder(Math.Min(text.Length, Longest));
        foreach (var rune in text.EnumerateRunes())
        {
            if (line.Length >= Longest)
                return line.Append('…').ToString();
            line.Append(IsUnseen(rune) ? "?" : rune.ToString());
        }
        return line.ToString();
    }

    /// <summary>Whether a character cannot be seen, or changes how others are.</summary>
    public static bool IsUnseen(Rune rune) => Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control
        or UnicodeCategory.Format or UnicodeCategory.LineSeparator
        or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse
        or UnicodeCategory.OtherNotAssigned;
}

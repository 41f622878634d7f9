using System.Text;

namespace MeshClient.Telemetry;

/// <summary>Values of enumerations as tags: in lower case, words parted by underscores.</summary>
internal static class TagValue
{
    /// <summary>The tag's value, made once a value of the enumeration.</summary>
    public static string Of<T>(T value)
        where T : struct, Enum => Texts<T>.All[value];

    private static string Snake(string name)
    {
        var text = new StringBuilder(name.Length + 4);
        foreach (var c in name)
            text.Append(char.IsUpper(c) && text.Length > 0 ? "_" : "").Append(char.ToLowerInvariant(c));
        return text.ToString();
    }

    private static class Texts<T>
        where T : struct, Enum
    {
        public static readonly Dictionary<T, string> All = Enum.GetValues<T>().ToDictionary(value => value, value => Snake(value.ToString()));
    }
}

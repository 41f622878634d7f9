namespace MeshClient.Primitives;

/// <summary>What errors cite of texts from outside, which may be of any length: .NET's own errors cite whole header lines and JSON paths.</summary>
internal static class Citation
{
    /// <summary>The most that is cited, in characters.</summary>
    public const int Longest = 500;

    /// <summary>The text, or its start and three dots.</summary>
    public static string Of(string text) => text.Length <= Longest ? text : $"{text.AsSpan(0, Longest)}...";
}

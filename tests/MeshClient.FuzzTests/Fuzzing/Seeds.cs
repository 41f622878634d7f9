using System.Reflection;
using System.Text;

namespace MeshClient.FuzzTests.Fuzzing;

/// <summary>Answers recorded from Consul 1.8.7, whole: status line, headers and body.</summary>
internal static class Seeds
{
    private static readonly Assembly s_assembly = typeof(Seeds).Assembly;

    /// <summary>The answers whose names begin with one of these.</summary>
    public static IReadOnlyList<byte[]> Of(params string[] starts)
    {
        byte[][] found = [.. s_assembly.GetManifestResourceNames().Order(StringComparer.Ordinal).Where(name => starts.Any(name.StartsWith)).Select(Read)];
        return found.Length > 0 ? found : throw new InvalidOperationException($"Expected seeds named {string.Join(", ", starts)}, found none.");
    }

    /// <summary>Texts as seeds.</summary>
    public static IReadOnlyList<byte[]> Texts(params string[] texts) => [.. texts.Select(Encoding.UTF8.GetBytes)];

    private static byte[] Read(string name)
    {
        using var stream = s_assembly.GetManifestResourceStream(name)!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}

namespace MeshClient.Tests.Identity;

/// <summary>Looks for a private key in what others can read.</summary>
internal static class Secrets
{
    /// <summary>Whether a text holds any line of the key's body, or the label of one.</summary>
    public static bool In(string text, string keyPem) => text.Contains("PRIVATE KEY", StringComparison.Ordinal)
        || keyPem.Split('\n').Where(line => line.Length > 8 && !line.StartsWith('-')).Any(line => text.Contains(line[..8], StringComparison.Ordinal));
}

namespace MeshClient.Configuration.Schema;

/// <summary>What the writer of an unknown key may have meant.</summary>
internal static class KeyHints
{
    public static string For(string key, SchemaNode section)
    {
        if (Nearest(key, section.Properties.Keys) is { } near)
            return $"Did you mean {near}?";
        if (Elsewhere(key, SchemaReader.Mesh, MeshOptions.SectionName) is { } place)
            return $"{key} belongs under {place}.";
        return $"Known here: {string.Join(", ", section.Properties.Keys)}.";
    }

    /// <summary>The key that is closest to what was written; null = none is close.</summary>
    internal static string? Nearest(string key, IEnumerable<string> known)
    {
        var (best, distance) = known.Select(k => (Key: k, Distance: Distance(key.ToUpperInvariant(), k.ToUpperInvariant()))).MinBy(k => k.Distance);
        return best is not null && distance <= Math.Max(1, Math.Min(key.Length, best.Length) / 3) ? best : null;
    }

    private static string? Elsewhere(string key, SchemaNode node, string path)
    {
        if (node.Properties.ContainsKey(key))
            return path;
        return node.Properties.Select(p => Elsewhere(key, p.Value, $"{path}:{p.Key}")).FirstOrDefault(found => found is not null)
            ?? (node.Free is { } free ? Elsewhere(key, free, $"{path}:<name>") : null)
            ?? (node.Items is { } items ? Elsewhere(key, items, $"{path}:<number>") : null);
    }

    // Optimal string alignment: two letters in the wrong order count as one mistake.
    private static int Distance(string a, string b)
    {
        var rows = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
            rows[i, 0] = i;
        for (var j = 0; j <= b.Length; j++)
            rows[0, j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            for (var j = 1; j <= b.Length; j++)
            {
                var substituted = rows[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                rows[i, j] = Math.Min(substituted, Math.Min(rows[i - 1, j], rows[i, j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    rows[i, j] = Math.Min(rows[i, j], rows[i - 2, j - 2] + 1);
            }
        }
        return rows[a.Length, b.Length];
    }
}

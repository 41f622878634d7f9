using Microsoft.Extensions.Configuration;

namespace MeshClient.Configuration;

/// <summary>What stands in the <c>Mesh</c> section, key by key, to tell what a reload has changed. Only keys are told: values may be secrets.</summary>
internal sealed class SectionKeys(IReadOnlyDictionary<string, string?> values)
{
    private static readonly string[] s_readAtStart =
    [
        $"{MeshOptions.SectionName}:{nameof(MeshOptions.Consul)}:", $"{MeshOptions.SectionName}:{nameof(MeshOptions.Service)}:",
        $"{MeshOptions.SectionName}:{nameof(MeshOptions.Snapshot)}:",
        $"{MeshOptions.SectionName}:{nameof(MeshOptions.Security)}:", $"{MeshOptions.SectionName}:{nameof(MeshOptions.Inbound)}:",
    ];

    public static SectionKeys None { get; } = new(new Dictionary<string, string?>());

    public static SectionKeys Of(IConfigurationSection section) =>
        new(section.AsEnumerable().Where(p => p.Value is not null).ToDictionary(p => p.Key, p => p.Value, StringComparer.OrdinalIgnoreCase));

    /// <summary>The keys that were added, removed or changed since, in order.</summary>
    public IReadOnlyList<string> ChangedSince(SectionKeys before) =>
        [.. Values.Keys.Union(before.Values.Keys, StringComparer.OrdinalIgnoreCase)
            .Where(key => Values.GetValueOrDefault(key) != before.Values.GetValueOrDefault(key))
            .Order(StringComparer.OrdinalIgnoreCase)];

    /// <summary>Whether a key takes effect at the start of the program only.</summary>
    public static bool IsReadAtStart(string key) => s_readAtStart.Any(prefix => key.StartsWith(prefix, StringComparison.OrdinalIgnoreCase));

    private IReadOnlyDictionary<string, string?> Values => values;
}

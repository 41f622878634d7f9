using Microsoft.Extensions.Configuration;

namespace MeshClient.Configuration;

/// <summary>What stands in the <c>Mesh</c> section, key by key, to tell what a reload has changed. Only keys are told: values may be secrets.</summary>
internal sealed class SectionKeys(IReadOnlyDictionary<string, string?> values)
{
    private const string
        Consul = $"{MeshOptions.SectionName}:{nameof(MeshOptions.Consul)}",
        Inbound = $"{MeshOptions.SectionName}:{nameof(MeshOptions.Inbound)}",
        Security = $"{MeshOptions.SectionName}:{nameof(MeshOptions.Security)}",
        Service = $"{MeshOptions.SectionName}:{nameof(MeshOptions.Service)}",
        Snapshot = $"{MeshOptions.SectionName}:{nameof(MeshOptions.Snapshot)}";

    private static readonly string[] s_readAtStart = [Consul, Inbound, Security, Service, Snapshot];

    /// <summary>The sections that take effect at the start of the program only, for a sentence.</summary>
    public const string ReadAtStart = $"{Consul}, {Inbound}, {Security}, {Service} and {Snapshot}";

    public static SectionKeys None { get; } = new(new Dictionary<string, string?>());

    public static SectionKeys Of(IConfigurationSection section) =>
        new(section.AsEnumerable().Where(p => p.Value is not null).ToDictionary(p => p.Key, p => p.Value, StringComparer.OrdinalIgnoreCase));

    /// <summary>The keys that were added, removed or changed since, in order.</summary>
    public IReadOnlyList<string> ChangedSince(SectionKeys before) =>
        [.. Values.Keys.Union(before.Values.Keys, StringComparer.OrdinalIgnoreCase)
            .Where(key => Values.GetValueOrDefault(key) != before.Values.GetValueOrDefault(key))
            .Order(StringComparer.OrdinalIgnoreCase)];

    /// <summary>Whether a key takes effect at the start of the program only.</summary>
    public static bool IsReadAtStart(string key) => s_readAtStart.Any(section => key.StartsWith($"{section}:", StringComparison.OrdinalIgnoreCase));

    private IReadOnlyDictionary<string, string?> Values => values;
}

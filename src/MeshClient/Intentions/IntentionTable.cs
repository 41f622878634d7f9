using System.Collections.Frozen;
using System.Collections.Immutable;
using MeshClient.Identity;
using MeshClient.Matching;

namespace MeshClient.Intentions;

/// <summary>Decides who may call a service. Immutable, built off the path; deciding allocates nothing and costs the same however many intentions there are.</summary>
/// <remarks>
/// The highest precedence decides, as in Consul; among equals the order is that of the names. Three short lists can hold the deciding rule: those that name
/// the caller, those for all of its namespace and those for everyone. A caller without an identity is let in by a permissive endpoint alone; it is decided
/// as one of the default namespace that no intention names, so that only intentions of the source <c>*</c> and the default are about it. Datacenter and
/// trust domain play no part: the trust domain is verified with the certificate.
/// </remarks>
internal sealed class IntentionTable
{
    private readonly FrozenDictionary<string, IntentionRule[]> _byName;
    private readonly FrozenDictionary<string, IntentionRule[]> _byNamespace;
    private readonly IntentionRule[] _everyone;
    private readonly IntentionRule[] _rules;

    public IntentionTable(IntentionSet set)
    {
        Set = set;
        // Consul finds destinations in any case, and sources in their own alone.
        _rules = [.. set.Intentions
            .Where(i => i.Destination == Intention.Wildcard || i.Destination.Equals(set.Destination, StringComparison.OrdinalIgnoreCase))
            .OrderByDescending(i => i.Precedence)
            .ThenBy(i => i.SourcePartition, StringComparer.Ordinal).ThenBy(i => i.SourceNamespace, StringComparer.Ordinal)
            .ThenBy(i => i.Source, StringComparer.Ordinal)
            .ThenBy(i => i.DestinationNamespace, StringComparer.Ordinal).ThenBy(i => i.Destination, StringComparer.Ordinal)
            .Select((intention, rank) => new IntentionRule(intention, rank))];
        Headers = [.. set.Intentions.SelectMany(i => i.Permissions).SelectMany(p => p.Headers).Select(h => h.Name).Distinct(StringComparer.OrdinalIgnoreCase)];
        _byName = Index(_rules.Where(r => r.Intention.Source != Intention.Wildcard), r => r.Intention.Source);
        _byNamespace = Index(_rules.Where(r => r.Intention.Source == Intention.Wildcard && r.Intention.SourceNamespace != Intention.Wildcard),
            r => r.Intention.SourceNamespace);
        _everyone = [.. _rules.Where(r => r.Intention is { Source: Intention.Wildcard, SourceNamespace: Intention.Wildcard })];
    }

    /// <summary>The headers that its permissions read, each once.</summary>
    public ImmutableArray<string> Headers { get; }

    /// <summary>What it was built of.</summary>
    public IntentionSet Set { get; }

    /// <summary>What cannot be understood and so denies: the rule and the reason.</summary>
    public IEnumerable<(string Rule, string Fault)> Faults => _rules.SelectMany(r => r.Faults.Select(f => (r.Name, f)));

    /// <summary>Decides a request.</summary>
    /// <param name="source">The caller as its certificate proves it; null = it has proved nothing.</param>
    /// <param name="request">The request.</param>
    public IntentionDecision Decide(SpiffeId? source, in RequestFacts request)
    {
        IntentionRule? rule = null;
        if (source is not null && _byName.TryGetValue(source.Service, out var named))
            rule = First(named, source, rule);
        if (_byNamespace.TryGetValue(source?.Namespace ?? Intention.Default, out var neighbours))
            rule = First(neighbours, source, rule);
        rule = First(_everyone, source, rule);
        return rule is null ? IntentionDecision.ByDefault(Set.AllowByDefault, null) : rule.Decide(request, Set.AllowByDefault);
    }

    private static IntentionRule? First(IntentionRule[] rules, SpiffeId? source, IntentionRule? best)
    {
        foreach (var rule in rules)
        {
            if (best is not null && best.Rank < rule.Rank)
                return best;
            if (rule.IsFrom(source))
                return rule;
        }
        return best;
    }

    private static FrozenDictionary<string, IntentionRule[]> Index(IEnumerable<IntentionRule> rules, Func<IntentionRule, string> key) =>
        rules.GroupBy(key, StringComparer.Ordinal).ToFrozenDictionary(g => g.Key, g => g.ToArray(), StringComparer.Ordinal);
}

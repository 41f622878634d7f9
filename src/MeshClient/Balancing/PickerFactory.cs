using System.Collections.Concurrent;
using MeshClient.Balancing.Pickers;

namespace MeshClient.Balancing;

/// <summary>
/// The balancing policies by name, compared without case: <c>PeakEwma</c> (the default), <c>LeastRequest</c>, <c>RoundRobin</c>,
/// <c>WeightedRoundRobin</c>, <c>Random</c>, <c>RingHash</c> and whatever is added. Thread-safe.
/// </summary>
public sealed class PickerFactory
{
    /// <summary>The policy of a cluster that names none.</summary>
    public const string DefaultPolicy = "PeakEwma";

    private readonly ConcurrentDictionary<string, Func<PickerContext, IPicker>> _policies = new(StringComparer.OrdinalIgnoreCase)
    {
        [DefaultPolicy] = static context => new TwoChoicesPicker<PeakEwmaCost>(context),
        ["LeastRequest"] = static context => new TwoChoicesPicker<EvenCost>(context),
        ["RoundRobin"] = static context => new RoundRobinPicker(context),
        [WeightedRoundRobinPicker.Policy] = static context => new WeightedRoundRobinPicker(context),
        ["Random"] = static context => new TwoChoicesPicker<NoCost>(context),
        ["RingHash"] = static context => new RingHashPicker(context),
    };

    /// <summary>The names of the known policies, sorted.</summary>
    public IReadOnlyList<string> Names => [.. _policies.Keys.Order(StringComparer.OrdinalIgnoreCase)];

    /// <summary>Adds a policy.</summary>
    /// <param name="name">Its name, compared without case.</param>
    /// <param name="create">Builds its picker; called off the path of calls whenever the set of endpoints changes.</param>
    /// <exception cref="ArgumentException">The name is empty or already taken.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="create"/> is null.</exception>
    public void Add(string name, Func<PickerContext, IPicker> create)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(create);
        if (!_policies.TryAdd(name, create))
            throw new ArgumentException($"Expected a new name for a balancing policy, found \"{name}\", which is taken: choose another.", nameof(name));
    }

    /// <summary>Finds a policy.</summary>
    /// <param name="name">Its name, compared without case.</param>
    /// <param name="key">The configuration key the name was read from, for the error.</param>
    /// <returns>What builds its picker.</returns>
    /// <exception cref="InvalidOperationException">No policy has that name; the message says the key, the name and the known names.</exception>
    public Func<PickerContext, IPicker> Get(string name, string key) =>
        name is not null && _policies.TryGetValue(name, out var create)
            ? create
            : throw new InvalidOperationException(
                $"{key}: expected the name of a balancing policy ({string.Join(", ", Names)}), found \"{name}\". Correct it, or add the policy by that name.");
}

using System.Collections.Immutable;
using MeshClient.Endpoints;
using MeshClient.Primitives;

namespace MeshClient.Balancing;

/// <summary>What a picker is built from.</summary>
public sealed class PickerContext
{
    /// <summary>Gathers what a picker is built from.</summary>
    /// <param name="endpoints">The endpoints to choose from.</param>
    /// <param name="random">The source of all draws.</param>
    /// <param name="time">The source of time.</param>
    /// <param name="options">What shapes the choice.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public PickerContext(ImmutableArray<EndpointState> endpoints, IRandomSource random, TimeProvider time, BalancingOptions options)
    {
        ArgumentNullException.ThrowIfNull(random);
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(options);
        Endpoints = endpoints.IsDefault ? [] : endpoints;
        Random = random;
        Time = time;
        Options = options;
    }

    /// <summary>The endpoints to choose from, all of them usable; may be empty.</summary>
    public ImmutableArray<EndpointState> Endpoints { get; }

    /// <summary>The source of all draws.</summary>
    public IRandomSource Random { get; }

    /// <summary>The source of time.</summary>
    public TimeProvider Time { get; }

    /// <summary>What shapes the choice.</summary>
    public BalancingOptions Options { get; }
}

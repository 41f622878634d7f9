using MeshClient.Endpoints;

namespace MeshClient.Balancing.Pickers;

/// <summary>What one call costs on an endpoint: all in which the policies of two choices differ. A struct without state, so that it inlines.</summary>
internal interface ICost
{
    /// <summary>Whether the two choices are compared at all; otherwise the first stands.</summary>
    static abstract bool Compares { get; }

    /// <summary>Whether <see cref="Of"/> needs the time.</summary>
    static abstract bool NeedsTime { get; }

    /// <summary>The cost, over 0, in any unit.</summary>
    static abstract double Of(EndpointState endpoint, TimeSpan now);
}

/// <summary>Least request: every call costs the same.</summary>
internal readonly struct EvenCost : ICost
{
    public static bool Compares => true;

    public static bool NeedsTime => false;

    public static double Of(EndpointState endpoint, TimeSpan now) => 1;
}

/// <summary>Random: nothing is compared.</summary>
internal readonly struct NoCost : ICost
{
    public static bool Compares => false;

    public static bool NeedsTime => false;

    public static double Of(EndpointState endpoint, TimeSpan now) => 1;
}

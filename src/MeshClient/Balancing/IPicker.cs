using MeshClient.Endpoints;

namespace MeshClient.Balancing;

/// <summary>
/// Chooses an endpoint for an attempt. Built off the path of calls whenever the set of endpoints changes and published whole: a picker is
/// immutable but for counters, and <see cref="Pick"/> takes no lock and allocates nothing.
/// </summary>
public interface IPicker
{
    /// <summary>Chooses an endpoint.</summary>
    /// <param name="context">What is known of the attempt.</param>
    /// <returns>An endpoint, or null when the picker has none.</returns>
    EndpointState? Pick(in PickContext context);
}

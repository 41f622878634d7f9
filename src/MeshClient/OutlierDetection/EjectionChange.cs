using MeshClient.Endpoints;

namespace MeshClient.OutlierDetection;

/// <summary>A change of an endpoint's standing.</summary>
/// <param name="Endpoint">The endpoint.</param>
/// <param name="From">What it was.</param>
/// <param name="To">What it is now.</param>
/// <param name="Reason">Why it was ejected; null when it was not.</param>
/// <param name="Time">How long the ejection lasts; zero when it is none.</param>
internal readonly record struct EjectionChange(
    EndpointState Endpoint, EndpointStanding From, EndpointStanding To, EjectionReason? Reason, TimeSpan Time)
{
    /// <summary>Whether the set of endpoints to choose from has changed, so that a picker must be built.</summary>
    public bool ChangesAvailability => From == EndpointStanding.Ejected != (To == EndpointStanding.Ejected);
}

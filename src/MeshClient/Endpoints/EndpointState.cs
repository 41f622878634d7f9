using MeshClient.Model;

namespace MeshClient.Endpoints;

/// <summary>How far an endpoint is trusted with calls.</summary>
public enum EndpointStanding
{
    /// <summary>Takes its full share.</summary>
    Active,

    /// <summary>Takes no calls until its ejection ends.</summary>
    Ejected,

    /// <summary>Back from ejection: one call at a time until it has proved itself.</summary>
    Probation,
}

/// <summary>The live state of one endpoint: what it is doing and how it has done. It outlives snapshots; thread-safe.</summary>
public sealed class EndpointState
{
    private Endpoint _endpoint;

    internal EndpointState(Endpoint endpoint) => _endpoint = endpoint;

    /// <summary>What the registry last said of the instance.</summary>
    public Endpoint Endpoint => Volatile.Read(ref _endpoint);
}

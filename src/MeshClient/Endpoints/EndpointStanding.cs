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

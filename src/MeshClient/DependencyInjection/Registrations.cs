using MeshClient.Balancing;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>A policy that the application adds.</summary>
internal sealed record PickerRegistration(string Name, Func<PickerContext, IPicker> Create);

/// <summary>An adjustment of transports that the application makes.</summary>
internal sealed record TransportRegistration(Action<string, SocketsHttpHandler> Configure);

/// <summary>Whether a named client goes through the mesh.</summary>
internal sealed class MeshClientSelection
{
    /// <summary>Whether clients do that say nothing of it.</summary>
    public bool AllClients { get; set; }

    /// <summary>What this client says; null = nothing.</summary>
    public bool? ThisClient { get; set; }

    public bool Applies => ThisClient ?? AllClients;
}

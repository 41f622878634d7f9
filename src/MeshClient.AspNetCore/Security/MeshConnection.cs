using MeshClient.Identity;

namespace MeshClient.AspNetCore.Security;

/// <summary>How a connection came to be.</summary>
internal enum ConnectionStanding
{
    /// <summary>The endpoint is not the mesh's.</summary>
    LeftAlone,

    /// <summary>Plain text, where the mode still allows it.</summary>
    Plain,

    /// <summary>Both sides have proved their identity.</summary>
    Mutual,
}

/// <summary>What is known of a connection, for all of its requests. A request whose connection has none came past the mesh.</summary>
internal sealed class MeshConnection : IMeshCaller
{
    private MeshConnection(ConnectionStanding standing, SpiffeId? id, DateTimeOffset? notAfter)
    {
        Standing = standing;
        Id = id;
        NotAfter = notAfter;
    }

    /// <summary>On an endpoint that is not the mesh's.</summary>
    public static MeshConnection LeftAlone { get; } = new(ConnectionStanding.LeftAlone, null, null);

    /// <summary>In plain text.</summary>
    public static MeshConnection Plain { get; } = new(ConnectionStanding.Plain, null, null);

    public ConnectionStanding Standing { get; }

    public SpiffeId? Id { get; }

    public bool IsAuthenticated => Id is not null;

    public DateTimeOffset? NotAfter { get; }

    public static MeshConnection Of(SpiffeId id, DateTimeOffset notAfter) => new(ConnectionStanding.Mutual, id, notAfter);
}

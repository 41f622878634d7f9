using System.Net;
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
    private MeshConnection(ConnectionStanding standing, IPAddress? address, SpiffeId? id, DateTimeOffset? notAfter)
    {
        Address = address;
        Standing = standing;
        Id = id;
        NotAfter = notAfter;
    }

    /// <summary>On an endpoint that is not the mesh's.</summary>
    public static MeshConnection LeftAlone { get; } = new(ConnectionStanding.LeftAlone, null, null, null);

    public ConnectionStanding Standing { get; }

    /// <summary>Where it comes from, whatever the headers of its requests say; null = not by IP, or not looked at.</summary>
    public IPAddress? Address { get; }

    public SpiffeId? Id { get; }

    public bool IsAuthenticated => Id is not null;

    public DateTimeOffset? NotAfter { get; }

    /// <summary>In plain text.</summary>
    public static MeshConnection Plain(EndPoint? remote) => new(ConnectionStanding.Plain, AddressOf(remote), null, null);

    public static MeshConnection Of(SpiffeId id, DateTimeOffset notAfter, EndPoint? remote) => new(ConnectionStanding.Mutual, AddressOf(remote), id, notAfter);

    private static IPAddress? AddressOf(EndPoint? remote) => (remote as IPEndPoint)?.Address;
}

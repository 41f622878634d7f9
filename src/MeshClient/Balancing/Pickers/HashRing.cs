using System.IO.Hashing;
using System.Runtime.InteropServices;
using MeshClient.Endpoints;

namespace MeshClient.Balancing.Pickers;

/// <summary>
/// A ring of 64-bit points (Karger and others, 1997): each endpoint has points in number to its weight, and a key belongs to the first point at or
/// after its own hash. Immutable.
/// </summary>
/// <remarks>
/// Point i of an endpoint is the XXH64 of its instance ID with seed i. The ID is what the registry keeps across restarts and shows to every client
/// alike, while an address changes each time a container starts anew: so clients agree without talking to each other, before and after. An endpoint
/// of mean weight has 512 points, whatever the number of endpoints, up to 64 of them: Envoy fills 1,024 points with however many there are, which moves
/// keys between endpoints that stay, and of 1,000 endpoints gives each two. Above 64 the ring is held at 32,768 points: to build it takes 2 ms, for 64
/// endpoints or 1,000, and it takes 400 KB.
/// </remarks>
internal sealed class HashRing
{
    /// <summary>The points of an endpoint of mean weight: its part of the keys has a standard deviation of 4.4%, and the ring of two has the 1,024 of Envoy.</summary>
    public const int PointsPerEndpoint = 512;

    /// <summary>The most points, but that each endpoint has at least one.</summary>
    public const int MostPoints = 32_768;

    private readonly ulong[] _points;
    private readonly int[] _owners;

    public HashRing(ReadOnlySpan<EndpointState> endpoints)
    {
        var counts = Counts(Weights.Of(endpoints));
        _points = new ulong[counts.Sum()];
        _owners = new int[_points.Length];
        var at = 0;
        for (var i = 0; i < counts.Length; i++)
        {
            var id = MemoryMarshal.AsBytes(endpoints[i].Endpoint.InstanceId.AsSpan());
            for (var point = 0; point < counts[i]; point++, at++)
            {
                _points[at] = XxHash64.HashToUInt64(id, point);
                _owners[at] = i;
            }
        }
        Array.Sort(_points, _owners);
    }

    /// <summary>The number of points.</summary>
    public int Length => _points.Length;

    /// <summary>The hash of a key: of all its characters, in place.</summary>
    public static ulong Hash(string key) => XxHash64.HashToUInt64(MemoryMarshal.AsBytes(key.AsSpan()));

    /// <summary>The endpoint that a point belongs to.</summary>
    public int OwnerAt(int point) => _owners[point];

    /// <summary>The point after a point; after the last comes the first.</summary>
    public int Next(int point) => point + 1 == _owners.Length ? 0 : point + 1;

    /// <summary>The first point at or after a hash.</summary>
    public int Find(ulong hash)
    {
        var (low, high) = (0, _points.Length);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (_points[middle] < hash)
                low = middle + 1;
            else
                high = middle;
        }
        return low == _points.Length ? 0 : low;
    }

    private static int[] Counts(int[] weights)
    {
        if (weights.Length == 0)
            return [];
        var each = Math.Min(PointsPerEndpoint, (double)MostPoints / weights.Length);
        var mean = weights.Average();
        return Array.ConvertAll(weights, weight => Math.Max(1, (int)Math.Round(each * weight / mean)));
    }
}

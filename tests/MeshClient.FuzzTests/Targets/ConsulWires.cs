using MeshClient.Consul;
using MeshClient.Consul.Api;
using MeshClient.FuzzTests.Fuzzing;

namespace MeshClient.FuzzTests.Targets;

/// <summary>The product's own client and handlers over connections in memory, so that its HTTP and gzip are met as well.</summary>
internal static class ConsulWires
{
    private const int LongestBody = 1 << 18;

    private static readonly Framing[] s_framings = Enum.GetValues<Framing>();

    public static ConsulClient Client(TimeProvider time, Func<byte[]> next)
    {
        var settings = ConsulSettings.Resolve(new ConsulOptions(), _ => null);
        return new ConsulClient(settings, Handler(settings, next), Handler(settings, next), time);
    }

    /// <summary>
    /// What one answer may cost: the connection and its handler, and 64 bytes for each of its own. The worst is a list of empty objects, of which
    /// each 3 bytes become 40, and a place in an array that grows.
    /// </summary>
    public static long Allowance(byte[] answer) => (1 << 19) + (64L * HttpAnswer.Size(answer, LongestBody));

    /// <summary>An answer changed anywhere, or only in its head or body and then framed as it should be.</summary>
    public static byte[] Answer(Mutator mutator, IReadOnlyList<byte[]> seeds)
    {
        if (mutator.Draw(4) == 0)
            return mutator.Mutate(seeds);
        var (head, body) = HttpAnswer.Split(mutator.OneOf(seeds));
        if (mutator.Draw(3) == 0)
            head = mutator.Mutate([head]);
        else
            body = mutator.Mutate([body, .. seeds.Select(seed => HttpAnswer.Split(seed).Body)]);
        return HttpAnswer.Join(head, body, mutator.OneOf(s_framings));
    }

    private static SocketsHttpHandler Handler(ConsulSettings settings, Func<byte[]> next)
    {
        var handler = ConsulHandlers.Create(settings, 8);
        handler.ConnectCallback = (_, _) => ValueTask.FromResult<Stream>(new Wire(next()));
        return handler;
    }
}

using Grpc.Core;

namespace MeshClient.Benchmarks.GrpcCalls;

/// <summary>The method that is called: a message of some bytes each way.</summary>
internal static class Calls
{
    public const string Service = "pricing";

    /// <summary>A message as it stands on the wire: not compressed, its length, its bytes.</summary>
    public static byte[] Framed { get; } = [0, 0, 0, 0, (byte)Message.Length, .. Message];

    private static byte[] Message => "a price of 420, in pence"u8.ToArray();

    private static readonly byte[] s_message = Message;

    // As the generator of C# writes it.
    private static readonly Marshaller<byte[]> s_marshaller = new(
        static (message, context) => context.Complete(message),
        static context => context.PayloadAsNewBuffer());

    private static readonly Method<byte[], byte[]> s_method = new(MethodType.Unary, "shop.Pricing", "Get", s_marshaller, s_marshaller);

    /// <summary>Makes one call.</summary>
    /// <param name="invoker">A channel's.</param>
    /// <param name="time">The time of the call; null = it has no deadline.</param>
    public static async Task CallAsync(CallInvoker invoker, TimeSpan? time)
    {
        using var call = invoker.AsyncUnaryCall(s_method, host: null, new CallOptions(deadline: DateTime.UtcNow + time), s_message);
        var answer = await call;
        if (answer.Length != s_message.Length)
            throw new InvalidOperationException($"Expected {s_message.Length} bytes, found {answer.Length}.");
    }
}

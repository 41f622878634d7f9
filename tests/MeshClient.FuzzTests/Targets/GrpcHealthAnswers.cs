using Grpc.Core;
using MeshClient.FuzzTests.Fuzzing;
using MeshClient.Grpc;

namespace MeshClient.FuzzTests.Targets;

/// <summary>What a server may send in answer to a health watch: each message is read or refused, and each stream can be counted.</summary>
internal sealed class GrpcHealthAnswers : IFuzzTarget
{
    private static readonly IReadOnlyList<byte[]> s_seeds =
    [
        [], [8, 1], [8, 2], [8, 3], [8, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1], [0x12, 3, 1, 2, 3, 8, 1], [0x25, 1, 2, 3, 4, 8, 2],
        [0x29, 1, 2, 3, 4, 5, 6, 7, 8], [0, 0, 0, 0, 2, 8, 1, 0, 0, 0, 0, 2, 8, 2],
    ];

    public int Inputs => 1500;

    public byte[] Make(Mutator mutator) => mutator.Mutate(s_seeds);

    public long Allowance(byte[] input) => (1 << 20) + (1024L * input.Length);

    public Task TakeAsync(byte[] input)
    {
        var counter = new GrpcMessageCounter();
        counter.Observe(input);
        Assert.InRange(counter.Count, 0, input.Length / 5);
        try
        {
            Assert.True(Enum.IsDefined(GrpcHealth.Decode(input)));
        }
        catch (RpcException error)
        {
            Assert.Equal(StatusCode.Internal, error.StatusCode);
        }
        return Task.CompletedTask;
    }
}

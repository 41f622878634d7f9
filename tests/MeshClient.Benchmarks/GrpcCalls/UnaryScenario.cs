using MeshClient.Benchmarks.Quick;

namespace MeshClient.Benchmarks.GrpcCalls;

/// <summary>A unary call over the stub.</summary>
internal sealed class UnaryScenario(string name, Channel channel, TimeSpan? time) : Scenario(name)
{
    public override async Task RunAsync(int count)
    {
        for (var i = 0; i < count; i++)
            await Calls.CallAsync(channel.Invoker, time);
    }

    public override void Dispose() => channel.Dispose();
}

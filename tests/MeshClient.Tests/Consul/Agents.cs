using MeshClient.Consul;
using MeshClient.Consul.Api;
using MeshClient.Tests.Doubles;

namespace MeshClient.Tests.Consul;

internal static class Agents
{
    public static ConsulClient Client(this ScriptedAgent agent, TimeProvider time, ConsulOptions? options = null) =>
        new(ConsulSettings.Resolve(options ?? new ConsulOptions(), _ => null), agent, agent, time);
}

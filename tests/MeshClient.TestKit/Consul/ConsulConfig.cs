using System.Text.Json.Nodes;

namespace MeshClient.TestKit.Consul;

/// <summary>The agent's configuration file: everything on 127.0.0.1, ports of its own, no calls home.</summary>
internal static class ConsulConfig
{
    public static string Create(ConsulAgentOptions options, IReadOnlyList<int> ports, string masterToken)
    {
        var config = new JsonObject
        {
            ["datacenter"] = options.Datacenter,
            ["node_name"] = options.NodeName,
            ["bind_addr"] = "127.0.0.1",
            ["client_addr"] = "127.0.0.1",
            ["disable_update_check"] = true,
            ["disable_anonymous_signature"] = true,
            ["log_level"] = "warn",
            ["ports"] = new JsonObject
            {
                ["http"] = ports[0],
                ["server"] = ports[1],
                ["serf_lan"] = ports[2],
                ["serf_wan"] = ports[3],
                ["dns"] = -1,
                ["grpc"] = -1,
            },
        };
        if (options.AclDefaultDeny)
        {
            config["acl"] = new JsonObject
            {
                ["enabled"] = true,
                ["default_policy"] = "deny",
                ["tokens"] = new JsonObject { ["master"] = masterToken, ["agent"] = masterToken },
            };
        }
        return config.ToJsonString();
    }
}

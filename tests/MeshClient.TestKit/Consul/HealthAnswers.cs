using System.Globalization;
using System.Text;

namespace MeshClient.TestKit.Consul;

/// <summary>Answers of <c>/v1/health/service</c> as a Consul in production writes them: compact, all fields, four instances to a node.</summary>
public static class HealthAnswers
{
    /// <summary>The instances <c>web-0</c> and on, all passing.</summary>
    /// <param name="count">How many.</param>
    /// <param name="moved">Of this one the port is another, as after a restart; null = of none.</param>
    public static byte[] Json(int count, int? moved = null)
    {
        var text = new StringBuilder("[");
        for (var i = 0; i < count; i++)
        {
            if (i > 0)
                text.Append(',');
            Append(text, i, i == moved ? 30_000 : 20_000 + (i % 4));
        }
        return Encoding.UTF8.GetBytes(text.Append(']').ToString());
    }

    private static void Append(StringBuilder text, int i, int port)
    {
        var node = i / 4;
        var (ip, index) = ($"10.{node >> 16}.{(node >> 8) & 255}.{node & 255}", 1_000 + i);
        text.Append(CultureInfo.InvariantCulture, $$$"""
            {"Node":{"ID":"ee6c9247-d362-4d54-c6cb-{{{node:x12}}}","Node":"node-{{{node}}}","Address":"{{{ip}}}","Datacenter":"dc1","TaggedAddresses":{"lan":"{{{ip}}}","lan_ipv4":"{{{ip}}}","wan":"{{{ip}}}","wan_ipv4":"{{{ip}}}"},"Meta":{"consul-network-segment":"","consul-version":"1.22.0"},"CreateIndex":{{{index}}},"ModifyIndex":{{{index}}}},
            """);
        text.Append(CultureInfo.InvariantCulture, $$$"""
            "Service":{"ID":"web-{{{i}}}","Service":"web","Tags":["primary","v{{{i % 3}}}"],"Address":"{{{ip}}}","TaggedAddresses":{"lan_ipv4":{"Address":"{{{ip}}}","Port":{{{port}}}},"wan_ipv4":{"Address":"{{{ip}}}","Port":{{{port}}}}},"Meta":{"version":"1.{{{i % 3}}}.0","zone":"eu-{{{i % 3}}}","commit":"5f3c{{{i % 3:x4}}}"},"Port":{{{port}}},"Weights":{"Passing":1,"Warning":1},"EnableTagOverride":false,"Proxy":{"MeshGateway":{},"Expose":{}},"Connect":{},"PeerName":"","CreateIndex":{{{index}}},"ModifyIndex":{{{index}}}},
            """);
        text.Append(CultureInfo.InvariantCulture, $$$"""
            "Checks":[{"Node":"node-{{{node}}}","CheckID":"serfHealth","Name":"Serf Health Status","Status":"passing","Notes":"","Output":"Agent alive and reachable","ServiceID":"","ServiceName":"","ServiceTags":[],"Type":"","Interval":"","Timeout":"","ExposedPort":0,"Definition":{},"CreateIndex":{{{index}}},"ModifyIndex":{{{index}}}},
            """);
        text.Append(CultureInfo.InvariantCulture, $$$"""
            {"Node":"node-{{{node}}}","CheckID":"service:web-{{{i}}}","Name":"Service 'web' check","Status":"passing","Notes":"","Output":"HTTP GET http://{{{ip}}}:{{{port}}}/health: 200 OK Output: Healthy","ServiceID":"web-{{{i}}}","ServiceName":"web","ServiceTags":["primary","v{{{i % 3}}}"],"Type":"http","Interval":"10s","Timeout":"5s","ExposedPort":0,"Definition":{},"CreateIndex":{{{index}}},"ModifyIndex":{{{index}}}}]}
            """);
    }
}

namespace MeshClient.Tests.Consul;

/// <summary>Answers of a real Consul 1.8.7.</summary>
internal static class Recorded
{
    /// <summary>Empty Service.Address, Meta null.</summary>
    public const string WebWithoutAddress = """
        [{"Node":{"ID":"e1aceb00-731c-31c3-265c-8ec0750818f3","Node":"srv-1","Address":"127.0.0.1","Datacenter":"dc1","TaggedAddresses":{"lan":"127.0.0.1","lan_ipv4":"127.0.0.1","wan":"127.0.0.1","wan_ipv4":"127.0.0.1"},"Meta":{"consul-network-segment":""},"CreateIndex":10,"ModifyIndex":11},"Service":{"ID":"web","Service":"web","Tags":[],"Address":"","Meta":null,"Port":19080,"Weights":{"Passing":1,"Warning":1},"EnableTagOverride":false,"Proxy":{"MeshGateway":{},"Expose":{}},"Connect":{"Native":true},"CreateIndex":33,"ModifyIndex":33},"Checks":[{"Node":"srv-1","CheckID":"serfHealth","Name":"Serf Health Status","Status":"passing","Notes":"","Output":"Agent alive and reachable","ServiceID":"","ServiceName":"","ServiceTags":[],"Type":"","Definition":{},"CreateIndex":10,"ModifyIndex":10}]}]
        """;

    public const string WebInMaintenance = """
        [{"Node":{"ID":"ee6c9247-d362-4d54-c6cb-493654792da3","Node":"node-a","Address":"127.0.0.1","Datacenter":"dc1","Meta":{"consul-network-segment":""},"CreateIndex":7,"ModifyIndex":7},
        "Service":{"ID":"web-3","Service":"web","Tags":["v3"],"Address":"127.0.0.1","TaggedAddresses":{"lan_ipv4":{"Address":"127.0.0.1","Port":18110}},"Meta":{"version":"3"},"Port":18110,"Weights":{"Passing":1,"Warning":1},"EnableTagOverride":false,"Proxy":{"MeshGateway":{},"Expose":{}},"Connect":{"Native":true},"CreateIndex":21,"ModifyIndex":21},
        "Checks":[{"Node":"node-a","CheckID":"serfHealth","Name":"Serf Health Status","Status":"passing","ServiceTags":[],"Type":"","Definition":{}},
        {"Node":"node-a","CheckID":"_service_maintenance:web-3","Name":"Service Maintenance Mode","Status":"critical","Notes":"deploy","Output":"","ServiceID":"web-3","ServiceName":"web","ServiceTags":["v3"],"Type":"maintenance","Definition":{}},
        {"Node":"node-a","CheckID":"web-3-ttl","Name":"Service 'web' check","Status":"passing","ServiceID":"web-3","ServiceName":"web","ServiceTags":["v3"],"Type":"ttl","Definition":{}}]}]
        """;

    public const string UnknownTtl = "CheckID \"service:web-1\" does not have associated TTL";

    /// <summary>Instances of web at 10.0.0.n:80 on node-a, all passing.</summary>
    public static string Web(params int[] numbers) => $"[{string.Join(',', numbers.Select(Entry))}]";

    private static string Entry(int number) =>
        $$$"""
        {"Node":{"Node":"node-a","Address":"10.0.0.254","Datacenter":"dc1"},"Service":{"ID":"web-{{{number}}}","Service":"web","Tags":null,"Address":"10.0.0.{{{number}}}","Meta":null,"Port":80,"Weights":{"Passing":1,"Warning":1}},"Checks":[{"CheckID":"serfHealth","Status":"passing"}]}
        """;
}

namespace MeshClient.Tests.Consul;

/// <summary>Answers of a real Consul 1.8.7 about intentions.</summary>
internal static class RecordedIntentions
{
    /// <summary>All that is about db, of each precedence that there is without namespaces but the lowest.</summary>
    public const string Match = """
        {"db":[
        {"ID":"1644866c-e50c-1ad2-528d-199bb54b4324","Description":"d","SourceNS":"default","SourceName":"web","DestinationNS":"default","DestinationName":"db","SourceType":"consul","Action":"allow","DefaultAddr":"","DefaultPort":0,"Meta":{"k":"v"},"Precedence":9,"CreatedAt":"2026-11-23T14:52:36.72807172Z","UpdatedAt":"2026-11-23T14:52:36.72807172Z","Hash":"be5eGc7Tzf1lnPF5FAy2w5IPw6xfQId+lUosp1Zflbw=","CreateIndex":63,"ModifyIndex":63},
        {"ID":"22ca88f2-9505-ba61-c8c3-16f9090deaa5","Description":"upd","SourceNS":"default","SourceName":"*","DestinationNS":"default","DestinationName":"db","SourceType":"consul","Action":"deny","DefaultAddr":"","DefaultPort":0,"Meta":{},"Precedence":8,"CreatedAt":"2026-11-23T14:52:36.729908087Z","UpdatedAt":"2026-11-23T14:52:36.742880703Z","Hash":"x3yAgECRUn0ZqDoYbbh1JKr/78UQgPvRyu1BZXym8cM=","CreateIndex":64,"ModifyIndex":68},
        {"ID":"13de1234-2c2a-dfe6-6fca-88ecf6337467","Description":"","SourceNS":"default","SourceName":"web","DestinationNS":"default","DestinationName":"*","SourceType":"consul","Action":"deny","DefaultAddr":"","DefaultPort":0,"Meta":{},"Precedence":6,"CreatedAt":"2026-11-23T14:52:36.732925646Z","UpdatedAt":"2026-11-23T14:52:36.732925646Z","Hash":"9Z7pXx4MqCX3Idi9KL0VzCo270sfAzSQLvAUNLkbC7g=","CreateIndex":66,"ModifyIndex":66},
        {"ID":"00ef0de8-c356-a238-7a2f-46c468d3451c","Description":"","SourceNS":"default","SourceName":"*","DestinationNS":"default","DestinationName":"*","SourceType":"consul","Action":"allow","DefaultAddr":"","DefaultPort":0,"Meta":{},"Precedence":5,"CreatedAt":"2026-11-23T14:52:36.734495886Z","UpdatedAt":"2026-11-23T14:52:36.734495886Z","Hash":"+dnVlhixi71EvBq1O9y05+/HHc5I51GbJGjzMPRjCA4=","CreateIndex":67,"ModifyIndex":67}]}
        """;

    /// <summary>One intention about db.</summary>
    public static string Db(string source, string action) =>
        $$"""
        {"db":[{"ID":"eaea85af-f9b8-09d9-c140-1701226c6126","Description":"","SourceNS":"default","SourceName":"{{source}}","DestinationNS":"default","DestinationName":"db","SourceType":"consul","Action":"{{action}}","DefaultAddr":"","DefaultPort":0,"Meta":{},"Precedence":9,"CreateIndex":13,"ModifyIndex":13}]}
        """;

    /// <summary>The parts of the agent's description that tell the default.</summary>
    public static string Self(string debugConfig) => $$"""{"Config":{"Datacenter":"dc1","Version":"1.8.7"},"DebugConfig":{{debugConfig}},"Coord":null}""";
}

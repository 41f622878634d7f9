using MeshClient.Model;

namespace MeshClient.Testing.Seam;

/// <summary>
/// The one endpoint of a service that the test has not scripted. An empty set would look like a service that has gone away, which programs
/// are written to endure: a test would pass for the wrong reason. A call to this endpoint fails and says what is missing.
/// </summary>
internal static class Unscripted
{
    private const string Key = "mesh-testing-unscripted";

    public static Endpoint EndpointOf(ServiceName service) => new()
    {
        InstanceId = "unscripted",
        Host = TestInstance.Host,
        Port = 1,
        Meta = System.Collections.Frozen.FrozenDictionary.ToFrozenDictionary([KeyValuePair.Create(Key, service.ToString())]),
    };

    public static string ServiceOf(Endpoint endpoint) => endpoint.Meta.GetValueOrDefault(Key, endpoint.ToString());
}

using MeshClient.DevRegistry.Catalog;

namespace MeshClient.DevRegistry.Tests.Catalog;

/// <summary>What mesh callers of a service see, and that its index moves with it.</summary>
public sealed class MeshCatalogTests
{
    private readonly ServiceCatalog catalog = new();

    [Fact]
    public void Native_instances_and_proxies_are_found_under_the_service_they_stand_for()
    {
        Write(Native("web-1"));
        Write(new ServiceDefinition { Id = "web-2", Name = "web" });
        Write(Proxy("web-2-proxy", "web"));
        Assert.Equal(["web-1", "web-2-proxy"], Ids());
        Assert.Equal(["web-1", "web-2"], catalog.Instances("web").Value.Select(static service => service.Definition.Id));
    }

    [Fact]
    public void The_index_moves_when_a_proxy_vanishes_and_others_stay()
    {
        Write(Native("web-1"));
        Write(Proxy("web-2-proxy", "web"));
        var before = Index;
        catalog.RemoveService("web-2-proxy");
        Assert.True(Index > before);
        Assert.Equal(["web-1"], Ids());
    }

    [Fact]
    public void The_index_moves_when_an_instance_ceases_to_be_native_or_a_proxy_turns_to_another_service()
    {
        Write(Native("web-1"));
        Write(Proxy("p", "web"));
        var before = Index;
        Write(Proxy("p", "api"));
        Assert.True(Index > before);
        before = Index;
        Write(Native("web-1") with { ConnectNative = false });
        Assert.True(Index > before);
        Assert.Empty(Ids());
    }

    [Fact]
    public void The_index_moves_with_the_checks_of_a_proxy_and_not_with_other_services()
    {
        Write(Proxy("p", "web"));
        var before = Index;
        Write(new ServiceDefinition { Id = "other", Name = "other" });
        Assert.Equal(before, Index);
        catalog.Write(null, [new CatalogCheck { Id = "c", Name = "c", Status = HealthStatus.Passing, ServiceId = "p", ServiceName = "p" }]);
        Assert.True(Index > before);
        before = Index;
        catalog.RemoveCheck("c");
        Assert.True(Index > before);
    }

    [Fact]
    public void A_service_that_never_had_a_mesh_instance_moves_with_everything()
    {
        var before = Index;
        Write(new ServiceDefinition { Id = "other", Name = "other" });
        Assert.True(Index > before);
    }

    private ulong Index => catalog.MeshHealth("web").Index;

    private static ServiceDefinition Native(string id) => new() { Id = id, Name = "web", ConnectNative = true };

    private static ServiceDefinition Proxy(string id, string destination) =>
        new() { Id = id, Name = id, Proxy = new ProxyDefinition { DestinationName = destination } };

    private void Write(ServiceDefinition service) => catalog.Write(service, []);

    private IEnumerable<string> Ids() => catalog.MeshHealth("web").Value.Select(static entry => entry.Service.Definition.Id);
}

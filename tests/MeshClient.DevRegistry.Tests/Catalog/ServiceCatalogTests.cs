using MeshClient.DevRegistry.Catalog;

namespace MeshClient.DevRegistry.Tests.Catalog;

public sealed class ServiceCatalogTests
{
    private readonly ServiceCatalog catalog = new();

    [Fact]
    public void A_write_takes_one_index_for_the_service_and_its_checks()
    {
        catalog.Write(Service("web-1", "web"), [Check("c1", "web-1", "web"), Check("c2", "web-1", "web")]);

        var (entries, index) = catalog.Health("web");
        var entry = Assert.Single(entries);
        Assert.Equal(CatalogIndexes.First + 1, index);
        Assert.Equal(index, entry.Service.ModifyIndex);
        Assert.Equal(["serfHealth", "c1", "c2"], entry.Checks.Select(static check => check.Id));
        Assert.All(entry.Checks.Skip(1), check => Assert.Equal(index, check.ModifyIndex));
    }

    [Fact]
    public void A_write_that_changes_nothing_moves_no_index_and_wakes_nobody()
    {
        catalog.Write(Service("web-1", "web"), [Check("c1", "web-1", "web")]);
        var before = catalog.Health("web").Index;
        var changed = catalog.Changed;

        catalog.Write(Service("web-1", "web"), [Check("c1", "web-1", "web")]);

        Assert.Equal(before, catalog.Health("web").Index);
        Assert.False(changed.IsCompleted);
    }

    [Fact]
    public void Changed_contents_of_lists_and_maps_count_as_changes()
    {
        catalog.Write(Service("web-1", "web"), []);
        var first = catalog.Health("web").Index;
        catalog.Write(Service("web-1", "web") with { Tags = ["v2"] }, []);
        var second = catalog.Health("web").Index;
        catalog.Write(
            Service("web-1", "web") with { Tags = ["v2"], Meta = new SortedDictionary<string, string> { ["zone"] = "a" } }, []);
        Assert.Equal([first + 1, first + 2], [second, catalog.Health("web").Index]);
    }

    [Fact]
    public void The_index_of_a_service_ignores_other_services()
    {
        catalog.Write(Service("web-1", "web"), []);
        var before = catalog.Health("web").Index;
        catalog.Write(Service("api-1", "api"), [Check("c", "api-1", "api")]);
        Assert.Equal(before, catalog.Health("web").Index);
        Assert.Equal(before + 1, catalog.Health("api").Index);
    }

    [Fact]
    public void The_index_of_an_unknown_service_follows_every_change_until_something_vanishes()
    {
        catalog.Write(Service("web-1", "web"), []);
        Assert.Equal(CatalogIndexes.First + 1, catalog.Health("none").Index);
        catalog.RemoveService("web-1");
        catalog.Write(Service("api-1", "api"), []);
        Assert.Equal(CatalogIndexes.First + 2, catalog.Health("none").Index);
    }

    [Fact]
    public void A_service_that_vanishes_moves_its_index_on()
    {
        catalog.Write(Service("web-1", "web"), [Check("c", "web-1", "web")]);
        var before = catalog.Health("web").Index;
        catalog.RemoveService("web-1");
        var (entries, index) = catalog.Health("web");
        Assert.Empty(entries);
        Assert.Equal(before + 1, index);
    }

    [Fact]
    public void An_instance_that_changes_its_name_moves_the_index_of_both_names()
    {
        catalog.Write(Service("web-1", "web"), []);
        var before = catalog.Health("web").Index;
        catalog.Write(Service("web-1", "shop"), []);
        Assert.Empty(catalog.Health("web").Value);
        Assert.Equal(before + 1, catalog.Health("web").Index);
        Assert.Equal(before + 1, catalog.Health("shop").Index);
    }

    [Fact]
    public void A_check_of_the_node_stands_above_every_service()
    {
        catalog.Write(Service("web-1", "web"), []);
        var before = catalog.Health("web").Index;
        catalog.Write(null, [Check("disk", "", "")]);
        Assert.Equal(before + 1, catalog.Health("web").Index);
        Assert.False(Assert.Single(catalog.Health("web").Value).IsPassing);
    }

    [Fact]
    public void Names_come_with_the_tags_of_all_instances_and_in_any_case()
    {
        catalog.Write(Service("web-1", "web") with { Tags = ["b", "a"] }, []);
        catalog.Write(Service("web-2", "web") with { Tags = ["a", "c"] }, []);
        Assert.Equal(["a", "b", "c"], catalog.Names().Value["web"]);
        Assert.Equal(2, catalog.Instances("WEB").Value.Count);
    }

    private static ServiceDefinition Service(string id, string name) => new() { Id = id, Name = name };

    private static CatalogCheck Check(string id, string serviceId, string serviceName) =>
        new() { Id = id, Name = id, Status = HealthStatus.Critical, ServiceId = serviceId, ServiceName = serviceName };
}

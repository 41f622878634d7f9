using MeshClient.AspNetCore.Inbound;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;

namespace MeshClient.AspNetCore.Tests.Inbound;

public sealed class ServedMethodsTests
{
    private static readonly DefaultEndpointDataSource s_mapped = new(
        Route("/shop.Pricing/GetPrice"), Route("/shop.Pricing/{unimplementedMethod}"), Route("{unimplementedService}/{unimplementedMethod}"), Route("/health"), Route("/a/b/c"),
        new Endpoint(null, EndpointMetadataCollection.Empty, "no route"));

    [Theory]
    [InlineData("/shop.Pricing/GetPrice", "shop.Pricing/GetPrice")]
    [InlineData("/xds.service.orca.v3.OpenRcaService/StreamCoreMetrics", "xds.service.orca.v3.OpenRcaService/StreamCoreMetrics")]
    [InlineData("/shop.Pricing/Invented", "_OTHER")]
    [InlineData("/shop.Pricing/{unimplementedMethod}", "_OTHER")]
    [InlineData("/health", "_OTHER")]
    [InlineData("/a/b/c", "_OTHER")]
    [InlineData("", "_OTHER")]
    public void A_call_that_was_not_routed_has_the_name_of_a_mapped_method_or_none(string path, string name) =>
        Assert.Equal(name, new ServedMethods(s_mapped).NameOf(Call(path)));

    [Fact]
    public void Methods_that_are_mapped_later_are_known_once_served()
    {
        var methods = new ServedMethods(endpoints: null);
        var context = Call("/shop.Pricing/Watch");
        Assert.Equal("_OTHER", methods.NameOf(context));
        context.SetEndpoint(Route("/shop.Pricing/Watch"));
        Assert.Equal("shop.Pricing/Watch", methods.NameOf(context));
        context.SetEndpoint(null);
        Assert.Equal("shop.Pricing/Watch", methods.NameOf(context));
    }

    private static DefaultHttpContext Call(string path) => new() { Request = { Path = path } };

    private static RouteEndpoint Route(string pattern) => new(_ => Task.CompletedTask, RoutePatternFactory.Parse(pattern), 0, EndpointMetadataCollection.Empty, pattern);
}

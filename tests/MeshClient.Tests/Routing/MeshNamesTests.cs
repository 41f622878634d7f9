using MeshClient.Routing;

namespace MeshClient.Tests.Routing;

public sealed class MeshNamesTests
{
    private static readonly MeshNames s_names = new(["catalog", "Pricing"], bareNames: false);
    private static readonly MeshNames s_bare = new(["catalog"], bareNames: true);

    [Theory]
    [InlineData("http://catalog/items", "catalog")]
    [InlineData("https://catalog/items?x=1", "catalog")]
    [InlineData("http://CATALOG/", "catalog")]
    [InlineData("http://pricing/", "Pricing")]
    [InlineData("http://catalog.mesh/", "catalog")]
    [InlineData("http://Pricing.MESH/", "Pricing")]
    [InlineData("http://orders.mesh/", "orders")]
    [InlineData("http://catalog:80/", "catalog")]
    [InlineData("http://catalog./", "catalog")]
    [InlineData("http://catalog.mesh./", "catalog")]
    [InlineData("http://orders.MESH./", "orders")]
    public void Finds_declared_names_and_names_that_end_in_mesh(string url, string name) => Assert.Equal(name, s_names.Find(new Uri(url)));

    [Theory]
    [InlineData("http://orders/")]
    [InlineData("http://localhost/")]
    [InlineData("http://localhost:5000/")]
    [InlineData("http://127.0.0.1/")]
    [InlineData("http://[::1]:80/")]
    [InlineData("http://catalog.example.com/")]
    [InlineData("http://mesh/")]
    [InlineData("http://localhost./")]
    [InlineData("http://catalog.example.com./")]
    public void Leaves_the_rest_alone(string url) => Assert.Null(s_names.Find(new Uri(url)));

    [Theory]
    [InlineData("http://orders/", "orders")]
    [InlineData("http://localhost/", null)]
    [InlineData("http://10.0.0.1/", null)]
    [InlineData("http://orders./", "orders")]
    [InlineData("http://localhost./", null)]
    [InlineData("http://10.0.0.1./", null)]
    [InlineData("http://[fe80::1]/", null)]
    [InlineData("http://api.example.com/", null)]
    [InlineData("file:///orders", null)]
    [InlineData("http://\u3000ün/", null)]
    public void Takes_bare_labels_where_that_is_switched_on(string url, string? name) => Assert.Equal(name, s_bare.Find(new Uri(url)));

    [Theory]
    [InlineData("http://catalog:8080/x")]
    [InlineData("https://catalog.mesh:8443/")]
    public void A_port_is_an_error_that_says_what_to_write(string url)
    {
        var error = Assert.Throws<HttpRequestException>(() => s_names.Find(new Uri(url)));
        Assert.Contains("registry", error.Message, StringComparison.Ordinal);
        Assert.Contains($"write \"{new Uri(url).Scheme}://{new Uri(url).Host}\"", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void More_than_one_label_before_mesh_is_an_error() =>
        Assert.Contains("<service>.mesh", Assert.Throws<HttpRequestException>(() => s_names.Find(new Uri("http://v1.catalog.mesh/"))).Message, StringComparison.Ordinal);

    [Fact]
    public void A_name_that_no_registry_has_is_refused() =>
        Assert.Contains("no white space", Assert.Throws<HttpRequestException>(() => s_names.Find(new Uri("http://\u3000ün.mesh/"))).Message, StringComparison.Ordinal);

    [Fact]
    public void With_nothing_configured_not_even_mesh_names_are_taken() => Assert.Null(MeshNames.None.Find(new Uri("http://catalog.mesh/")));

    [Fact]
    public void A_url_that_was_combined_is_judged_by_its_host_alone()
    {
        var other = new Uri("http://other.example/");
        Assert.Null(s_names.Find(new Uri(other, "x?to=http://catalog/")));
        Assert.Null(s_names.Find(new Uri(other, "http?to=http://catalog/")));
        Assert.Equal("catalog", s_names.Find(new Uri(new Uri("http://catalog"), "items?to=http://other.example/")));
        Assert.Equal("catalog", s_names.Find(new Uri(other, "//catalog/items")));
    }

    [Theory]
    [InlineData("http://catalog@other.example/")]
    [InlineData("http://catalog:secret@other.example/")]
    [InlineData("http://other.example/catalog")]
    [InlineData("http://other.example?http://catalog/")]
    [InlineData("http://user@catalog/")]
    [InlineData("http://catalog#x")]
    [InlineData("http://catalog?x")]
    [InlineData("  http://catalog/  ")]
    [InlineData("HTTP://catalog")]
    public void The_host_alone_decides_however_the_url_is_written(string url)
    {
        var uri = new Uri(url);
        Assert.Equal(uri.Host == "catalog" ? "catalog" : null, s_names.Find(uri));
    }
}

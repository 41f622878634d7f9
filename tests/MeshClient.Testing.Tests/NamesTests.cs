using MeshClient.Testing.Tests.Kit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace MeshClient.Testing.Tests;

public sealed class NamesTests
{
    private readonly TestMesh _mesh = new();

    [Fact]
    public async Task A_call_to_a_service_that_nobody_plays_says_so_and_names_those_that_are_played()
    {
        _mesh.Service("pricing");
        _mesh.Service("orders", "dc2");
        await using var client = new Client(_mesh);
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => client.GetAsync());
        Assert.Contains("called the service \"catalog\"", error.Message, StringComparison.Ordinal);
        Assert.Contains("\"orders@dc2\", \"pricing\"", error.Message, StringComparison.Ordinal);
        Assert.Contains("mesh.Service(\"catalog\").AddInstance", error.Message, StringComparison.Ordinal);

        // Played late is played all the same.
        _mesh.Service("catalog").AddInstance();
        await _mesh.SettleAsync();
        (await client.GetAsync()).Dispose();
    }

    [Fact]
    public async Task The_service_of_a_name_is_the_one_that_the_configuration_gives_it()
    {
        var v2 = _mesh.Service("catalog-v2", "dc2").AddInstance();
        await using var client = new Client(_mesh, null, ("Mesh:Upstreams:catalog:Service", "catalog-v2"), ("Mesh:Upstreams:catalog:Datacenter", "dc2"));
        await client.GetAsync(1);
        Assert.Equal(1, v2.CallCount);

        await using var other = new Client(_mesh, null, ("Mesh:Upstreams:catalog:Service", "catalog-v3"));
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => other.GetAsync());
        Assert.Contains("\"catalog-v3\" (called as \"catalog\")", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_that_the_application_does_not_declare_is_no_name_of_the_mesh()
    {
        _mesh.Service("orders").AddInstance();
        await using var client = new Client(_mesh);
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => client.GetAsync("http://orders/1"));
        Assert.Contains("Mesh:Upstreams:orders", error.Message, StringComparison.Ordinal);
        Assert.Empty(_mesh.Calls);
    }

    [Fact]
    public async Task A_client_out_of_the_mesh_keeps_the_primary_handler_that_the_test_gave_it()
    {
        _mesh.Service("catalog").AddInstance();
        await using var client = new Client(_mesh, services =>
        {
            services.AddHttpClient("apart").RemoveMesh().ConfigurePrimaryHttpMessageHandler(() => new Primary());
            services.AddHttpClient("sockets").RemoveMesh();
        });
        using var apart = client.Of("apart");
        Assert.Equal("primary", await apart.GetStringAsync("http://catalog/items"));
        using var sockets = client.Of("sockets");
        await Assert.ThrowsAsync<InvalidOperationException>(() => sockets.GetAsync("http://catalog/items"));
        Assert.Throws<InvalidOperationException>(() => sockets.Send(new HttpRequestMessage(HttpMethod.Get, "http://catalog/items")));
        Assert.Empty(_mesh.Calls);
    }

    [Fact]
    public async Task Endpoints_of_the_configuration_are_played_as_well()
    {
        var one = _mesh.Service("stock").AddInstance();
        await using var client = new Client(_mesh, null, ("Mesh:Services:stock:Endpoints:0", "127.0.0.1:1"));
        (await client.GetAsync("http://stock/")).Dispose();
        Assert.Equal(1, one.CallCount);
    }

    [Fact]
    public async Task The_test_may_come_before_AddMesh_and_the_last_mesh_counts()
    {
        var first = new TestMesh();
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection([new("Mesh:BareNames", "true")]).Build());
        services.AddMeshTesting(first);
        services.AddMeshTesting(mesh => mesh.Service("catalog").AddInstance(Answers.Text("last")));
        services.AddMesh();
        await using var provider = services.BuildServiceProvider();
        using var client = provider.GetRequiredService<IHttpClientFactory>().CreateClient();
        Assert.Equal("last", await client.GetStringAsync("http://catalog/"));
        Assert.Single(provider.GetRequiredService<TestMesh>().Calls);

        using var bare = new HttpClient(provider.GetRequiredService<IMesh>().CreateHandler());
        Assert.Equal("last", await bare.GetStringAsync("http://catalog/"));
        Assert.Empty(first.Calls);
    }

    [Fact]
    public async Task A_mesh_builder_takes_it_too()
    {
        var services = new ServiceCollection();
        services.AddMesh(mesh => mesh.Configure(options => options.BareNames = true).UseTestMesh(_mesh));
        await using var provider = services.BuildServiceProvider();
        _mesh.Service("catalog").AddInstance(Answers.Text("built"));
        using var client = provider.GetRequiredService<IHttpClientFactory>().CreateClient();
        Assert.Equal("built", await client.GetStringAsync("http://catalog/"));
    }

    private sealed class Primary : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(new HttpResponseMessage { Content = new StringContent("primary") });
    }
}

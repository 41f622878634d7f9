using MeshClient.Configuration;
using Microsoft.Extensions.Options;

namespace MeshClient.FunctionalTests.BadInput;

/// <summary>
/// An application whose Mesh section cannot be meant so does not start, and says why. The whole list of what is refused stands in the tests of
/// the configuration (SectionCheckTests, MeshOptionsTests); here is one of each kind, on a host of its own.
/// </summary>
public sealed class StartTests
{
    [Theory]
    [InlineData("Upstreams:catalog:Timout", "00:00:02", "Mesh:Upstreams:catalog:Timout: unknown key. Did you mean Timeout?")]
    [InlineData("Upstreams:catalog:LoadBalancing", "Fastest",
        "Mesh:Upstreams:catalog:LoadBalancing: expected one of LeastRequest, PeakEwma, Random, RingHash, RoundRobin, WeightedRoundRobin, or a policy added by AddPicker, found \"Fastest\".")]
    [InlineData("Upstreams:catalog:Timeout", "-00:00:02", "Mesh:Upstreams:catalog:Timeout: expected a time over zero")]
    [InlineData("Upstreams:catalog:Timeout", "00:00:00", "Mesh:Upstreams:catalog:Timeout: expected a time over zero")]
    [InlineData("Upstreams:catalog:Timeout", "2", "A bare number would mean days.")]
    [InlineData("Upstreams:catalog:AttemptTimeout", "00:01:00",
        "Mesh:Upstreams:catalog:AttemptTimeout (00:01:00) is longer than Mesh:Upstreams:catalog:Timeout (00:00:15): shorten the first or lengthen the second.")]
    [InlineData("Upstreams:catalog:Retry:MaxDelay", "00:00:00.010", "is shorter than Mesh:Upstreams:catalog:Retry:BaseDelay")]
    [InlineData("Upstreams:catalog:OutlierDetection:MaxEjectionTime", "00:00:10", "Mesh:Upstreams:catalog:OutlierDetection:MaxEjectionTime: expected 00:00:30 (BaseEjectionTime)")]
    [InlineData("Upstreams:catalog:Service", "two words", "Mesh:Upstreams:catalog:Service: expected 1 to 255 characters")]
    [InlineData("Upstreams:*:Service", "catalog", "Mesh:Upstreams:*:Service: every upstream would be the one service \"catalog\".")]
    [InlineData("Upstreams:10.0.0.1:Timeout", "00:00:02", "\"10.0.0.1\" cannot be a name of the mesh")]
    [InlineData("Consul:Address", "http//consul:8500", "Mesh:Consul:Address: Expected \"http://host:port\"")]
    [InlineData("Consul:Address", "consul 8500", "Mesh:Consul:Address: Expected \"http://host:port\"")]
    [InlineData("Consul:Tls:CaFile", "/no/such/ca.pem", "Mesh:Consul:Tls:CaFile: expected PEM files that can be read, found: ")]
    [InlineData("Services:catalog:Endpoints:0", "127.0.0.1:0", "Mesh:Services:catalog:Endpoints:0: Expected a port from 1 to 65535, found \"0\"")]
    [InlineData("Services:catalog:Endpoints:0", "http://127.0.0.1:80", "leave out the scheme")]
    [InlineData("Services:catalog:Endpoints:0:Weight", "70000", "Mesh:Services:catalog:Endpoints:0")]
    [InlineData("Service:Port", "0", "Mesh:Service:Port: Expected 1 to 65535, found 0")]
    public async Task It_says_key_value_and_what_was_expected(string key, string value, string expected)
    {
        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => MeshApp.StartAsync(new() { [key] = value, ["Service:Name"] = "web" }));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Equal(typeof(MeshOptions), error.OptionsType);
    }

    [Fact]
    public async Task An_instance_that_is_listed_twice_is_named()
    {
        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => MeshApp.StartAsync(
            new() { ["Services:catalog:Endpoints:0"] = "127.0.0.1:80", ["Services:catalog:Endpoints:1"] = "127.0.0.1:80" }));
        Assert.Contains("Mesh:Services:catalog:Endpoints:1: Expected each address once, found \"127.0.0.1:80\" again: use Weight", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_policy_of_the_applications_own_is_no_unknown_one()
    {
        await using var a = await TestServer.StartAsync("a");
        await using var app = await MeshApp.StartAsync(
            new() { ["Upstreams:catalog:LoadBalancing"] = "Mine" }, m => m.AddPicker("mine", context => new First(context)));
        app.Registry.Say("catalog", a.Endpoint);
        Assert.Equal("a", await app.Client().GetStringAsync("http://catalog/"));
    }

    private sealed class First(MeshClient.Balancing.PickerContext context) : MeshClient.Balancing.IPicker
    {
        public MeshClient.Endpoints.EndpointState? Pick(in MeshClient.Balancing.PickContext pick) => context.Endpoints.FirstOrDefault();
    }
}

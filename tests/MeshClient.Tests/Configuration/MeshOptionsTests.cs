using MeshClient.Balancing;
using MeshClient.Configuration;
using MeshClient.Discovery;
using MeshClient.Identity;
using Microsoft.Extensions.Configuration;

namespace MeshClient.Tests.Configuration;

public sealed class MeshOptionsTests
{
    [Fact]
    public void The_example_of_the_readme_binds()
    {
        var options = Bind("""
            { "Mesh": { "Service": { "Name": "web" },
                        "Consul":  { "Address": "http://127.0.0.1:8500" },
                        "Upstreams": { "catalog": { "Timeout": "00:00:02" }, "pricing": { "LoadBalancing": "LeastRequest" } } } }
            """);
        Assert.Equal("web", options.Service.Name);
        Assert.Equal("http://127.0.0.1:8500", options.Consul.Address);
        Assert.Equal(TimeSpan.FromSeconds(2), options.Upstreams["catalog"].Timeout);
        Assert.Equal("PeakEwma", options.Upstreams["catalog"].LoadBalancing);
        Assert.Equal("LeastRequest", options.Upstreams["pricing"].LoadBalancing);
        Assert.Empty(Faults(options));
    }

    [Fact]
    public void What_is_said_of_all_holds_for_each_unless_it_says_otherwise()
    {
        var options = Bind("""
            { "Mesh": { "Upstreams": { "*": { "Timeout": "00:00:03", "Retry": { "MaxAttempts": 2 } },
                                       "catalog": { "Retry": { "BudgetRatio": 0.1 } }, "pricing": { "Timeout": "00:00:09" } } } }
            """);
        Assert.Equal((TimeSpan.FromSeconds(3), 2, 0.1), (options.Upstreams["catalog"].Timeout, options.Upstreams["catalog"].Retry.MaxAttempts, options.Upstreams["catalog"].Retry.BudgetRatio));
        Assert.Equal((TimeSpan.FromSeconds(9), 2), (options.Upstreams["pricing"].Timeout, options.Upstreams["pricing"].Retry.MaxAttempts));
        Assert.Equal(TimeSpan.FromSeconds(3), ClusterPlans.Of(options).OptionsOf("undeclared").Timeout);
        Assert.Equal(["catalog", "pricing"], ClusterPlans.Of(options).Names.Declared.Order());
    }

    [Fact]
    public void Endpoints_are_addresses_or_objects()
    {
        var options = Bind("""
            { "Mesh": { "Services": { "catalog": { "Endpoints": [ "10.0.0.1:80", { "Address": "[::1]:81", "Weight": 3, "Tags": ["v2"], "Meta": { "zone": "a" } } ] } } } }
            """);
        var errors = new List<string>();
        var endpoints = ConfiguredEndpoints.Build("catalog", options.Services["catalog"], errors);
        Assert.Empty(errors);
        Assert.Equal(["10.0.0.1", "::1"], endpoints.Select(e => e.Host));
        Assert.Equal((3, "v2", "a"), (endpoints[1].Weight, endpoints[1].Tags[0], endpoints[1].Meta["zone"]));
    }

    [Theory]
    [InlineData("""{ "Upstreams": { "catalog": { "Timeout": "-00:00:02" } } }""", "Mesh:Upstreams:catalog:Timeout")]
    [InlineData("""{ "Upstreams": { "catalog": { "Timeout": "00:00:00" } } }""", "Mesh:Upstreams:catalog:Timeout")]
    [InlineData("""{ "Upstreams": { "catalog": { "Timeout": "00:00:02", "AttemptTimeout": "00:00:03" } } }""", "longer than")]
    [InlineData("""{ "Upstreams": { "catalog": { "LoadBalancing": "Fastest" } } }""", "LeastRequest, PeakEwma, Random, RingHash, RoundRobin")]
    [InlineData("""{ "Upstreams": { "catalog": { "Retry": { "MaxAttempts": 0 } } } }""", "Retry:MaxAttempts: expected 1 to 10, found 0")]
    [InlineData("""{ "Upstreams": { "catalog": { "Retry": { "BudgetRatio": 2 } } } }""", "Retry:BudgetRatio")]
    [InlineData("""{ "Upstreams": { "catalog": { "Retry": { "BaseDelay": "00:00:01" } } } }""", "Retry:MaxDelay")]
    [InlineData("""{ "Upstreams": { "catalog": { "OutlierDetection": { "MaxEjectionPercent": 101 } } } }""", "OutlierDetection:MaxEjectionPercent")]
    [InlineData("""{ "Upstreams": { "catalog": { "Balancing": { "PanicThresholdPercent": -1 } } } }""", "Balancing:PanicThresholdPercent")]
    [InlineData("""{ "Upstreams": { "catalog": { "Hedging": { "Delay": "00:00:01" }, "Retry": { "MaxAttempts": 1 } } } }""", "catalog:Retry:MaxAttempts (1) switches off the hedging")]
    [InlineData("""{ "Upstreams": { "*": { "Hedging": { "Percentile": 95 } }, "catalog": { "Retry": { "MaxAttempts": 1 } } } }""", "catalog:Retry:MaxAttempts (1) switches off")]
    [InlineData("""{ "Upstreams": { "catalog": { "Timeout": "00:00:01", "Hedging": { "Delay": "00:00:01" } } } }""", "Hedging:Delay (00:00:01) is not shorter than Mesh:Upstreams:catalog:Timeout (00:00:01)")]
    [InlineData("""{ "Upstreams": { "catalog": { "Timeout": "00:00:00.1", "Retry": { "BaseDelay": "00:00:00.1" } } } }""", "Retry:BaseDelay (00:00:00.1000000) is not shorter than Mesh:Upstreams:catalog:Timeout")]
    [InlineData("""{ "Upstreams": { "api.example.com": { } } }""", "cannot be a name of the mesh")]
    [InlineData("""{ "Upstreams": { "localhost": { } } }""", "cannot be a name of the mesh")]
    [InlineData("""{ "Upstreams": { "catal\u3000og": { } } }""", "cannot be a name of the mesh")]
    [InlineData("""{ "Upstreams": { "catalog": { "Service": "a b" } } }""", "Mesh:Upstreams:catalog:Service")]
    [InlineData("""{ "Upstreams": { "catalog": { "Datacenter": "a/b" } } }""", "Mesh:Upstreams:catalog:Datacenter")]
    [InlineData("""{ "Upstreams": { "10.0.0.1": { } } }""", "cannot be a name of the mesh")]
    [InlineData("""{ "Services": { "catalog": { "Endpoints": [ "10.0.0.1:0" ] } } }""", "Mesh:Services:catalog:Endpoints:0")]
    [InlineData("""{ "Consul": { "Address": "not a uri at all" } }""", "Mesh:Consul:Address")]
    [InlineData("""{ "Service": { "Name": "a b" } }""", "Mesh:Service:Name")]
    [InlineData("""{ "Security": { "Mode": "Strict" } }""", "Mesh:Security:Mode: Strict needs to know which service this is")]
    [InlineData("""{ "Security": { "Mode": "Permissive" } }""", "set Mesh:Service:Name")]
    [InlineData("""{ "Service": { "Name": "web" }, "Security": { "Mode": "Strict", "Source": "Files", "Files": { "TrustDomain": "A/b", "CertificateFile": ".", "KeyFile": ".", "TrustFile": "." } } }""",
        "Mesh:Security:Files:TrustDomain", 4)]
    [InlineData("""{ "Service": { "Name": "web" }, "Security": { "Mode": "Strict", "Source": "Files" } }""", "Mesh:Security:Files:CertificateFile: expected the path of a PEM file, found none", 3)]
    [InlineData("""{ "Service": { "Name": "web" }, "Security": { "Mode": "Strict", "Source": "Files", "Files": { "CertificateFile": "a.pem", "KeyFile": "b.pem", "TrustFile": "no/such.pem" } } }""",
        "Mesh:Security:Files:TrustFile: expected a PEM file, found nothing at \"no/such.pem\"", 3)]
    [InlineData("""{ "FirstSnapshotTimeout": "00:00:00" }""", "Mesh:FirstSnapshotTimeout")]
    [InlineData("""{ "Snapshot": { "Folder": "var/mesh" } }""", "Mesh:Snapshot:Folder: expected an absolute path")]
    [InlineData("""{ "Snapshot": { "Folder": "" } }""", "Mesh:Snapshot:Folder: expected an absolute path")]
    [InlineData("""{ "Snapshot": { "MaxAge": "00:00:00" } }""", "Mesh:Snapshot:MaxAge: expected a time over zero")]
    [InlineData("""{ "Snapshot": { "MaxAge": "31.00:00:00" } }""", "Mesh:Snapshot:MaxAge: expected a time over zero and at most 30 days")]
    public void What_cannot_be_is_named_with_its_key(string mesh, string expected, int faults = 1)
    {
        var found = Faults(Bind($$"""{ "Mesh": {{mesh}} }"""));
        Assert.Equal(faults, found.Length);
        Assert.Contains(found, f => f.Contains(expected, StringComparison.Ordinal));
    }

    [Fact]
    public void Security_binds_and_is_off_unless_it_is_said()
    {
        Assert.Equal(SecurityMode.Off, Bind("""{ "Mesh": { "BareNames": true } }""").Security.Mode);
        // Nothing else of the section counts while it is off.
        Assert.Empty(Faults(Bind("""{ "Mesh": { "Security": { "Mode": "Off", "Source": "Files" } } }""")));
        var options = Bind("""{ "Mesh": { "Service": { "Name": "web" }, "Security": { "Mode": "strict", "DryRun": true, "Files": { "KeyFile": "a" } } } }""");
        Assert.Equal((SecurityMode.Strict, SecuritySource.Consul, true, "a"),
            (options.Security.Mode, options.Security.Source, options.Security.DryRun, options.Security.Files.KeyFile));
        Assert.Empty(Faults(options));
    }

    [Theory]
    [InlineData("""{ "catalog": { "Timeout": "00:00:00.001" } }""")]
    [InlineData("""{ "catalog": { "Timeout": "00:00:01", "Hedging": { "Delay": "00:00:00.999", "Percentile": 95 }, "Retry": { "MaxAttempts": 2 } } }""")]
    [InlineData("""{ "catalog": { "Timeout": "00:00:00.1", "Retry": { "MaxAttempts": 1, "BaseDelay": "00:00:00.1" } } }""")]
    [InlineData("""{ "*": { "Hedging": { "Delay": "00:00:00.1", "Percentile": 95 } }, "catalog": { "Hedging": { "Delay": null, "Percentile": null }, "Retry": { "MaxAttempts": 1 } } }""")]
    public void What_does_not_contradict_itself_is_taken(string upstreams) =>
        Assert.Empty(Faults(Bind($$"""{ "Mesh": { "Upstreams": {{upstreams}} } }""")));

    private static MeshOptions Bind(string json)
    {
        using var stream = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(json));
        var options = new MeshOptions();
        new MeshOptionsBinder(new ConfigurationBuilder().AddJsonStream(stream).Build(), []).Configure(options);
        return options;
    }

    private static string[] Faults(MeshOptions options) => [.. new MeshOptionsValidator(new PickerFactory()).Validate(null, options).Failures ?? []];
}

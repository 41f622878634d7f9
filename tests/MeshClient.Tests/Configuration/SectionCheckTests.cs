using MeshClient.Configuration;
using MeshClient.Configuration.Schema;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace MeshClient.Tests.Configuration;

/// <summary>What a binder would drop or misread is an error that names the key, what was expected and what was found.</summary>
public sealed class SectionCheckTests
{
    [Theory]
    // Unknown keys, at every depth.
    [InlineData("""{ "Upstream": {} , "Upstreams": { "a": {} } }""", "Mesh:Upstream: unknown key. Did you mean Upstreams?")]
    [InlineData("""{ "Upstreams": { "catalog": { "Timout": "00:00:02" } } }""", "Mesh:Upstreams:catalog:Timout: unknown key. Did you mean Timeout?")]
    [InlineData("""{ "Upstreams": { "catalog": { "Retry": { "MaxAttempt": 2 } } } }""", "Mesh:Upstreams:catalog:Retry:MaxAttempt: unknown key. Did you mean MaxAttempts?")]
    [InlineData("""{ "Upstreams": { "*": { "retyr": { "MaxAttempts": 2 } } } }""", "Mesh:Upstreams:*:retyr: unknown key. Did you mean Retry?")]
    [InlineData("""{ "Services": { "catalog": { "Endpoints": [ { "Adress": "10.0.0.1:80" } ] } } }""", "Mesh:Services:catalog:Endpoints:0:Adress: unknown key. Did you mean Address?")]
    [InlineData("""{ "Timeout": "00:00:02" }""", "Mesh:Timeout: unknown key. Timeout belongs under Mesh:Service:Check")]
    [InlineData("""{ "MaxAttempts": 2 }""", "Mesh:MaxAttempts: unknown key. MaxAttempts belongs under Mesh:Upstreams:<name>:Retry.")]
    [InlineData("""{ "Consul": { "Tls": { "Wallpaper": "blue" } } }""", "Mesh:Consul:Tls:Wallpaper: unknown key. Known here: CaFile, CertificateFile, KeyFile, ServerName.")]
    // Times.
    [InlineData("""{ "FirstSnapshotTimeout": "abc" }""", "Mesh:FirstSnapshotTimeout: expected a time written hh:mm:ss, such as 00:00:02 for 2 s, found \"abc\".")]
    [InlineData("""{ "FirstSnapshotTimeout": "2" }""", "found \"2\". A bare number would mean days.")]
    [InlineData("""{ "FirstSnapshotTimeout": 2 }""", "found \"2\". A bare number would mean days.")]
    [InlineData("""{ "FirstSnapshotTimeout": 1.5 }""", "found \"1.5\". A bare number would mean days.")]
    [InlineData("""{ "FirstSnapshotTimeout": "2s" }""", "found \"2s\".")]
    [InlineData("""{ "FirstSnapshotTimeout": "00:02" }""", "found \"00:02\". Two parts could be hours and minutes or minutes and seconds: write all three.")]
    [InlineData("""{ "FirstSnapshotTimeout": "24:00:00" }""", "found \"24:00:00\".")]
    [InlineData("""{ "FirstSnapshotTimeout": "00:00:61" }""", "found \"00:00:61\".")]
    [InlineData("""{ "FirstSnapshotTimeout": "" }""", "found nothing. Leave the key out for its default.")]
    // Numbers, truths and names.
    [InlineData("""{ "Upstreams": { "catalog": { "Retry": { "MaxAttempts": "many" } } } }""", "Mesh:Upstreams:catalog:Retry:MaxAttempts: expected a whole number from 1 to 10, found \"many\".")]
    [InlineData("""{ "Upstreams": { "catalog": { "Retry": { "MaxAttempts": 2.5 } } } }""", "expected a whole number from 1 to 10, found \"2.5\".")]
    [InlineData("""{ "Upstreams": { "catalog": { "Retry": { "BudgetRatio": "20%" } } } }""", "Retry:BudgetRatio: expected a number from 0 to 1, found \"20%\".")]
    [InlineData("""{ "Upstreams": { "catalog": { "Transport": { "MaxConnectionsPerEndpoint": "99999999999" } } } }""", "expected a whole number, at least 1, found \"99999999999\".")]
    [InlineData("""{ "BareNames": "yes" }""", "Mesh:BareNames: expected true or false, found \"yes\".")]
    [InlineData("""{ "Service": { "Check": { "Type": "Ping" } } }""", "Mesh:Service:Check:Type: expected one of Ttl, Http, Grpc, Tcp, None, found \"Ping\".")]
    [InlineData("""{ "Service": { "Check": { "Type": 7 } } }""", "found \"7\".")]
    // Values and sections in each other's place.
    [InlineData("""{ "Upstreams": "catalog" }""", "Mesh:Upstreams: expected a section of keys and values, found the value \"catalog\".")]
    [InlineData("""{ "Upstreams": { "catalog": "00:00:02" } }""", "Mesh:Upstreams:catalog: expected a section with keys such as Service, found the value \"00:00:02\".")]
    [InlineData("""{ "Upstreams": { "catalog": { "Timeout": { "Total": "00:00:02", "Attempt": 1 } } } }""", "Mesh:Upstreams:catalog:Timeout: expected a time written hh:mm:ss, such as 00:00:02 for 2 s, found a section with the keys Attempt, Total.")]
    [InlineData("""{ "Upstreams": [ "catalog" ] }""", "Mesh:Upstreams:0: expected a section with keys such as Service, found the value \"catalog\".")]
    [InlineData("""{ "Services": { "catalog": { "Endpoints": "10.0.0.1:80" } } }""", "Mesh:Services:catalog:Endpoints: expected a list, found the value \"10.0.0.1:80\".")]
    [InlineData("""{ "Services": { "catalog": { "Endpoints": { "a": "10.0.0.1:80" } } } }""", "Mesh:Services:catalog:Endpoints:a: expected a list, whose items have the keys 0, 1, ..., found the key a.")]
    [InlineData("""{ "Service": { "Meta": { "zone": { "a": "b" } } } }""", "Mesh:Service:Meta:zone: expected a text, found a section with the keys a.")]
    public void What_cannot_be_bound_is_refused(string mesh, string expected)
    {
        var fault = Assert.Single(Assert.Throws<OptionsValidationException>(() => Bind(mesh)).Failures);
        Assert.Contains(expected, fault, StringComparison.Ordinal);
    }

    [Fact]
    public void The_whole_section_is_refused_when_it_is_a_value() => Assert.Contains(
        "Mesh: expected a section with keys such as Service, found the value \"on\".",
        Assert.Throws<OptionsValidationException>(() => BindKeys(new() { ["Mesh"] = "on" })).Message, StringComparison.Ordinal);

    [Fact]
    public void A_variable_of_the_sections_own_name_does_no_harm() =>
        Assert.True(BindKeys(new() { ["Mesh"] = "a variable of somebody else's", ["Mesh:BareNames"] = "true" }).BareNames);

    [Fact]
    public void All_faults_are_told_at_once() => Assert.Equal(
        ["Mesh:BareNames", "Mesh:Upstreams:catalog:Timeout", "Mesh:Upstreams:catalog:Timout"],
        Assert.Throws<OptionsValidationException>(() => Bind("""{ "BareNames": 3, "Upstreams": { "catalog": { "Timout": "1", "Timeout": "1" } } }"""))
            .Failures.Select(f => f.Split(": ")[0]).Order());

    [Fact]
    public void The_value_of_an_unknown_key_may_be_a_secret_and_is_not_repeated() => Assert.DoesNotContain(
        "s3cret", Assert.Throws<OptionsValidationException>(() => Bind("""{ "Consul": { "Tokn": "s3cret", "Tls": "s3cret" } }""")).Failures.First(f => f.Contains("Tokn")),
        StringComparison.Ordinal);

    [Fact]
    public void Keys_are_known_without_case_and_values_with_white_space()
    {
        var options = Bind("""{ "UPSTREAMS": { "catalog": { "timeout": " 00:00:02 ", "outlierdetection": { "ENABLED": "False" } } }, "service": { "check": { "type": "http" } } }""");
        Assert.Equal((TimeSpan.FromSeconds(2), false), (options.Upstreams["catalog"].Timeout, options.Upstreams["catalog"].OutlierDetection.Enabled));
        Assert.Equal(MeshClient.Consul.Registration.ServiceCheckType.Http, options.Service.Check.Type);
    }

    [Fact]
    public void Null_says_nothing_and_empty_sections_and_lists_are_no_faults()
    {
        var options = Bind("""
            { "FirstSnapshotTimeout": null, "BareNames": null, "Service": { "Tags": [], "Meta": {}, "Port": null }, "Consul": null,
              "Upstreams": { "catalog": {}, "pricing": { "Timeout": null, "Retry": null, "AttemptTimeout": null }, "*": { "AttemptTimeout": "00:00:01" } }, "Services": {} }
            """);
        Assert.Equal((TimeSpan.FromSeconds(5), false), (options.FirstSnapshotTimeout, options.BareNames));
        Assert.Equal(TimeSpan.FromSeconds(15), options.Upstreams["pricing"].Timeout);
        Assert.NotNull(options.Consul);
        Assert.NotNull(options.Upstreams["pricing"].Retry);
        Assert.Null(options.Upstreams["pricing"].AttemptTimeout);
        Assert.True(options.Upstreams.ContainsKey("catalog"));
    }

    [Theory]
    [InlineData("00:00:02", 2)]
    [InlineData("0:0:2", 2)]
    [InlineData("00:00:00.250", 0.25)]
    [InlineData("23:59:59", 86_399)]
    [InlineData("1.00:00:00", 86_400)]
    public void Times_are_what_they_look_like(string text, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), Bind($$"""{ "FirstSnapshotTimeout": "{{text}}" }""").FirstSnapshotTimeout);

    [Theory]
    [InlineData("Timout", "Timeout")]
    [InlineData("tmieout", "Timeout")]
    [InlineData("TimeoutX", "Timeout")]
    [InlineData("Colour", null)]
    [InlineData("x", null)]
    public void The_nearest_key_is_suggested_if_it_is_near(string key, string? expected) =>
        Assert.Equal(expected, KeyHints.Nearest(key, ["Service", "Timeout", "AttemptTimeout", "Retry"]));

    private static MeshOptions Bind(string mesh)
    {
        using var stream = new MemoryStream(System.Text.Encoding.UTF8.GetBytes($$"""{ "Mesh": {{mesh}} }"""));
        return Bind(new ConfigurationBuilder().AddJsonStream(stream).Build());
    }

    private static MeshOptions BindKeys(Dictionary<string, string?> keys) => Bind(new ConfigurationBuilder().AddInMemoryCollection(keys).Build());

    private static MeshOptions Bind(IConfiguration configuration)
    {
        var options = new MeshOptions();
        new MeshOptionsBinder(configuration, []).Configure(options);
        return options;
    }
}

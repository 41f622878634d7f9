using System.Text.Json;
using MeshClient.Consul.Api;
using MeshClient.Consul.Registration;

namespace MeshClient.Tests.Consul.Registration;

public sealed class RegistrationBodyTests
{
    private static readonly AdvertisedAddress Address = new("10.0.0.5", 8080);

    [Fact]
    public void A_plain_service_reports_by_itself_and_starts_passing()
    {
        var body = RegistrationBody.Build(new ServiceOptions { Name = "web" }, Address, "host-a");
        Assert.Equal(
            """{"ID":"web-host-a-8080","Name":"web","Address":"10.0.0.5","Port":8080,"Weights":{"Passing":1,"Warning":1},"Check":{"CheckID":"service:web-host-a-8080","Name":"Service 'web' check","TTL":"15s","Status":"passing","DeregisterCriticalServiceAfter":"600s"}}""",
            Json(body).Replace("\\u0027", "'", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(ServiceCheckType.Http, null, "10.0.0.5", """ "HTTP":"https://10.0.0.5:8080/health" """)]
    [InlineData(ServiceCheckType.Http, "/up", "::1", """ "HTTP":"https://[::1]:8080/up" """)]
    [InlineData(ServiceCheckType.Http, null, null, """ "HTTP":"https://127.0.0.1:8080/health" """)]
    [InlineData(ServiceCheckType.Grpc, null, "10.0.0.5", """ "GRPC":"10.0.0.5:8080" """)]
    [InlineData(ServiceCheckType.Grpc, "orders", "10.0.0.5", """ "GRPC":"10.0.0.5:8080/orders" """)]
    [InlineData(ServiceCheckType.Tcp, null, "10.0.0.5", """ "TCP":"10.0.0.5:8080" """)]
    public void The_agent_is_told_where_to_check(ServiceCheckType type, string? path, string? host, string expected)
    {
        var options = new ServiceOptions { Name = "web", Check = { Type = type, Path = path } };
        var json = Json(RegistrationBody.Build(options, new AdvertisedAddress(host, 8080, "https"), "h"));
        Assert.Contains(expected.Trim(), json, StringComparison.Ordinal);
        Assert.Contains("\"Interval\":\"10s\",\"Timeout\":\"5s\"", json, StringComparison.Ordinal);
        Assert.DoesNotContain("TTL", json, StringComparison.Ordinal);
        Assert.DoesNotContain("Status", json, StringComparison.Ordinal);
    }

    [Fact]
    public void An_instance_of_mutual_TLS_says_so_and_is_checked_at_a_port_of_its_own()
    {
        var options = new ServiceOptions { Name = "web", Check = { Type = ServiceCheckType.Http, Port = 8081 } };
        var json = Json(RegistrationBody.Build(options, new AdvertisedAddress("10.0.0.5", 8080, "https", IsNative: true), "h"));
        Assert.EndsWith("\"Connect\":{\"Native\":true}}", json, StringComparison.Ordinal);
        Assert.Contains("\"HTTP\":\"http://10.0.0.5:8081/health\"", json, StringComparison.Ordinal);
    }

    [Fact]
    public void An_instance_without_a_port_can_only_report_by_itself()
    {
        var options = new ServiceOptions { Name = "worker", Check = { Type = ServiceCheckType.Http } };
        var body = RegistrationBody.Build(options, new AdvertisedAddress(null, 0), "host-a");
        Assert.Equal(("worker-host-a", "15s", null), (body.ID, body.Check?.TTL, body.Port));
        Assert.DoesNotContain("\"Port\"", Json(body), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_set_is_sent()
    {
        var options = new ServiceOptions
        {
            Name = "web",
            Id = "mine",
            Tags = { "v2" },
            Meta = { ["zone"] = "a" },
            Weights = { Passing = 10, Warning = 0 },
            Check = { Type = ServiceCheckType.None },
        };
        Assert.Equal(
            """{"ID":"mine","Name":"web","Address":"10.0.0.5","Port":8080,"Tags":["v2"],"Meta":{"zone":"a"},"Weights":{"Passing":10,"Warning":0}}""",
            Json(RegistrationBody.Build(options, Address, "h")));
    }

    [Fact]
    public void The_ID_is_the_same_for_each_start_and_another_for_each_port()
    {
        var options = new ServiceOptions { Name = "web" };
        Assert.Equal(RegistrationBody.Id(options, Address, "h"), RegistrationBody.Id(options, Address, "h"));
        Assert.NotEqual(RegistrationBody.Id(options, Address, "h"), RegistrationBody.Id(options, Address with { Port = 1 }, "h"));
        Assert.NotEqual(RegistrationBody.Id(options, Address, "h"), RegistrationBody.Id(options, Address, "h2"));
    }

    [Fact]
    public void Every_rule_of_the_options_is_checked()
    {
        var options = new ServiceOptions
        {
            Name = "we b",
            Port = 0,
            Address = "10.0.0.1:80",
            Scheme = "ftp",
            Weights = { Passing = 0, Warning = -1 },
            DeregisterCriticalServiceAfter = TimeSpan.FromSeconds(59),
            Drain = TimeSpan.FromSeconds(-1),
            Check = { Type = ServiceCheckType.Http, Path = "up", Interval = TimeSpan.Zero, Timeout = TimeSpan.Zero, Ttl = TimeSpan.Zero },
        };
        Assert.Equal(12, ServiceOptionsRules.Validate(options).Count);
        Assert.Single(ServiceOptionsRules.Validate(new ServiceOptions { Name = "web", Address = "0.0.0.0" }));
        Assert.Empty(ServiceOptionsRules.Validate(new ServiceOptions { Name = "web", Address = "::1", Port = 80 }));
        Assert.Empty(ServiceOptionsRules.Validate(new ServiceOptions()));
        Assert.Single(ServiceOptionsRules.Validate(new ServiceOptions { Port = 0 }));
        Assert.Single(ServiceOptionsRules.Validate(new ServiceOptions { Check = { Type = (ServiceCheckType)7 } }));
    }

    private static string Json(ServiceRegistration body) => JsonSerializer.Serialize(body, ConsulJson.Default.ServiceRegistration);
}

using System.Net;

namespace MeshClient.DevRegistry.Tests.Parity;

public abstract partial class ParityScenarios
{
    [Theory]
    [InlineData("""{"Name":"a","Bogus":1}""", "Request decode failed: json: unknown field \"Bogus\"")]
    [InlineData("""{"Name":"a","Check":{"Bogus":1}}""", "Request decode failed: json: unknown field \"Bogus\"")]
    [InlineData("""{"Name":"a","Weights":{"Passing":1,"Bogus":1}}""", "Request decode failed: json: unknown field \"Bogus\"")]
    [InlineData("""{"Name":""}""", "Missing service name")]
    [InlineData("null", "Missing service name")]
    [InlineData("""{"Name":"a","Check":{"Name":"x"}}""", "Invalid check: TTL must be > 0 for TTL checks")]
    [InlineData("""{"Name":"a","Check":{"TTL":"9s","Status":"bogus"}}""", "Status for checks must 'passing', 'warning', 'critical'")]
    [InlineData("""{"Name":"a","Check":{"TCP":"a:1"}}""", "Invalid check: Interval must be > 0 for Script, HTTP, or TCP checks")]
    [InlineData(
        """{"Name":"a","Check":{"TCP":"a:1","Interval":"9s","TTL":"9s"}}""", "Invalid check: Interval and TTL cannot both be specified")]
    [InlineData("""{"Name":"a","Weights":{"Passing":0,"Warning":1}}""", "Invalid Weights: Passing must be greater than 0")]
    [InlineData("""{"Name":"a","Weights":{"Passing":65536}}""", "Invalid Weights: DNS Weight must be between 0 and 65535")]
    [InlineData("""{"Name":"a","Address":"0.0.0.0"}""", "Invalid service address")]
    [InlineData(
        """{"Name":"a","Meta":{"a b":"c"}}""",
        "Invalid Service Meta: Couldn't load metadata pair ('a b', 'c'): Key contains invalid characters")]
    public async Task A_bad_registration_is_refused_in_the_same_words(string body, string expected)
    {
        var answer = await client.PutAsync("/v1/agent/service/register", body);
        Assert.Equal((HttpStatusCode.BadRequest, expected), (answer.Status, answer.Text));
        Assert.Equal("text/plain; charset=utf-8", answer.ContentType);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{bad")]
    [InlineData("[]")]
    [InlineData("""{"Name":"a","Port":"80"}""")]
    [InlineData("""{"Name":"a","Tags":"x"}""")]
    [InlineData("""{"Name":"a","Meta":{"a":1}}""")]
    [InlineData("""{"Name":"a","Check":{"TTL":"10"}}""")]
    public async Task What_cannot_be_decoded_is_refused(string body)
    {
        var answer = await client.PutAsync("/v1/agent/service/register", body);
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.StartsWith("Request decode failed: ", answer.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"Name":"NAME","Check":{},"Checks":null,"Tags":null,"Meta":null,"Weights":null}""")]
    [InlineData("""{"name":"NAME","port":8080,"check":{"ttl":"10s"}}""")]
    [InlineData("""{"Name":"NAME","Check":{"TTL":10000000000}}""")]
    [InlineData("""{"Name":"NAME","Kind":"","Token":"","Connect":null}""")]
    public async Task What_is_merely_unusual_is_accepted(string body)
    {
        await RegisterAsync(body.Replace("NAME", name, StringComparison.Ordinal));
        await HealthUntilAsync(static entries => entries.GetArrayLength() == 1);
    }

    [Theory]
    [InlineData("check/pass/none", null, 500, "CheckID \"none\" does not have associated TTL")]
    [InlineData("check/pass/serfHealth", null, 500, "CheckID \"serfHealth\" does not have associated TTL")]
    [InlineData("check/update/none", """{"Status":"passing"}""", 500, "CheckID \"none\" does not have associated TTL")]
    [InlineData("check/update/none", """{"Status":"bogus"}""", 400, "Invalid check status: 'bogus'")]
    [InlineData("check/update/none", """{"Statu":"passing"}""", 400, "Request decode failed: json: unknown field \"Statu\"")]
    [InlineData("check/register", """{"TTL":"9s"}""", 400, "Missing check name")]
    [InlineData("check/register", """{"Name":"x","TTL":"9s","ServiceID":"none"}""", 500, "ServiceID \"none\" does not exist")]
    [InlineData("service/maintenance/none?enable=true", null, 404, "No service registered with ID \"none\"")]
    [InlineData("service/maintenance/none", null, 400, "Missing value for enable")]
    [InlineData("service/maintenance/none?enable=zz", null, 400, "Invalid value for enable: \"zz\"")]
    [InlineData("service/deregister/", null, 500, "ServiceID missing")]
    [InlineData("service/deregister/none", null, 200, "")]
    [InlineData("check/deregister/none", null, 200, "")]
    public async Task Agent_calls_are_refused_in_the_same_words(string path, string? body, int status, string expected)
    {
        var answer = await client.PutAsync($"/v1/agent/{path}", body);
        Assert.Equal((status, expected), ((int)answer.Status, answer.Text));
    }

    [Theory]
    [InlineData("none?wait=10", 400, "Invalid wait time")]
    [InlineData("none?wait=10&index=1", 400, "Invalid wait time")]
    [InlineData("none?index=x", 400, "Invalid index")]
    [InlineData("none?index=-1", 400, "Invalid index")]
    [InlineData("none?passing=xx", 400, "Invalid value for ?passing")]
    [InlineData("none?stale&consistent", 400, "Cannot specify ?stale with ?consistent, conflicting semantics.")]
    [InlineData("", 400, "Missing service name")]
    [InlineData("none?dc=elsewhere", 500, "No path to datacenter")]
    public async Task Reads_are_refused_in_the_same_words(string path, int status, string expected)
    {
        var answer = await client.GetAsync($"/v1/health/service/{path}");
        Assert.Equal((status, expected), ((int)answer.Status, answer.Text));
        Assert.Equal("text/plain; charset=utf-8", answer.ContentType);
        // The index of an error means nothing, but it is there.
        Assert.Equal(status == 500 ? ("1", "false") : (null, null), (answer.Header("X-Consul-Index"), answer.Header("X-Consul-Knownleader")));
    }

    [Theory]
    [InlineData("POST", "/v1/agent/service/register", 405, "method POST not allowed")]
    [InlineData("GET", "/v1/agent/service/register", 405, "method GET not allowed")]
    [InlineData("PUT", "/v1/health/service/x", 405, "method PUT not allowed")]
    [InlineData("OPTIONS", "/v1/agent/services", 200, "")]
    [InlineData("GET", "/v1/none", 404, "")]
    [InlineData("GET", "/none", 404, "")]
    public async Task Methods_and_paths_are_refused_in_the_same_words(string method, string path, int status, string expected)
    {
        var answer = await client.SendAsync(new HttpMethod(method), path, null);
        Assert.Equal((status, expected), ((int)answer.Status, answer.Text));
    }
}

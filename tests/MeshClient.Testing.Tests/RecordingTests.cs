using System.Net;
using System.Net.Http.Json;
using MeshClient.Http;
using MeshClient.Testing.Tests.Kit;

namespace MeshClient.Testing.Tests;

public sealed class RecordingTests
{
    private readonly TestMesh _mesh = new();

    [Fact]
    public async Task A_call_is_recorded_with_its_headers_its_body_and_its_answer()
    {
        var one = _mesh.Service("catalog").AddInstance(_ => new HttpResponseMessage(HttpStatusCode.Created));
        await using var client = new Client(_mesh);
        using var request = new HttpRequestMessage(HttpMethod.Put, "http://catalog/items/1") { Content = JsonContent.Create(new { name = "kettle" }) };
        request.Headers.Add("x-tenant", ["a", "b"]);
        using var response = await client.Http.SendAsync(request);

        var call = Assert.Single(one.Calls);
        Assert.Same(one, call.Instance);
        Assert.Equal(HttpMethod.Put, call.Method);
        Assert.Equal(new Uri("http://catalog/items/1"), call.RequestUri);
        Assert.Equal("a, b", call.Headers["X-Tenant"]);
        Assert.StartsWith("application/json", call.Headers["content-type"], StringComparison.Ordinal);
        Assert.Equal("""{"name":"kettle"}""", call.BodyText);
        Assert.Equal(HttpStatusCode.Created, call.StatusCode);
        Assert.Null(call.Error);
        Assert.Equal("PUT http://catalog/items/1 → catalog-1: 201", call.ToString());
    }

    [Fact]
    public async Task The_deadline_that_travels_with_a_call_is_seen()
    {
        _mesh.Service("catalog").AddInstance();
        await using var client = new Client(_mesh, null, ("Mesh:Upstreams:catalog:Timeout", "00:00:02"));
        await client.GetAsync(1);
        var left = Assert.Single(_mesh.Calls).Headers[MeshHeaders.Timeout];
        Assert.EndsWith("m", left, StringComparison.Ordinal);
        Assert.InRange(int.Parse(left.TrimEnd('m'), System.Globalization.CultureInfo.InvariantCulture), 1, 2000);
    }

    [Fact]
    public async Task What_plays_the_instance_reads_a_body_that_can_be_sent_once_and_so_does_the_record()
    {
        var read = "";
        var one = _mesh.Service("catalog").AddInstance(async (request, cancellationToken) =>
        {
            read = await request.Content!.ReadAsStringAsync(cancellationToken);
            return new HttpResponseMessage();
        });
        await using var client = new Client(_mesh);
        using var content = new StreamContent(new OneShot("only once"u8.ToArray()));
        using var request = new HttpRequestMessage(HttpMethod.Post, "http://catalog/items") { Content = content };
        using var response = await client.Http.SendAsync(request);
        Assert.Equal("only once", read);
        Assert.Equal("only once", Assert.Single(one.Calls).BodyText);
        Assert.Same(content, request.Content);
    }

    [Fact]
    public async Task Calls_stand_in_the_order_of_their_arrival_by_instance_service_and_mesh()
    {
        var catalog = _mesh.Service("catalog");
        catalog.AddInstance();
        catalog.AddInstance();
        _mesh.Service("pricing").AddInstance();
        await using var client = new Client(_mesh, null, ("Mesh:Upstreams:pricing:LoadBalancing", "RoundRobin"));
        await client.GetAsync(2);
        (await client.GetAsync("http://pricing/prices")).Dispose();
        await client.GetAsync(2);

        Assert.Equal(["/items", "/items", "/prices", "/items", "/items"], _mesh.Calls.Select(c => c.RequestUri.AbsolutePath));
        Assert.Equal(4, catalog.CallCount);
        Assert.All(catalog.Instances, i => Assert.Equal(2, i.CallCount));
        _mesh.ClearCalls();
        Assert.Empty(_mesh.Calls);
        Assert.Equal(0, catalog.CallCount);
    }

    [Fact]
    public async Task A_test_can_wait_for_calls_that_the_program_makes_by_itself()
    {
        var catalog = _mesh.Service("catalog");
        var one = catalog.AddInstance();
        await using var client = new Client(_mesh);
        var all = catalog.WaitForCallsAsync(3);
        var calls = Task.Run(() => client.GetAsync(3));
        await one.WaitForCallsAsync();
        await all;
        await calls;
        Assert.Equal(3, one.CallCount);
        Assert.True(one.WaitForCallsAsync(3).IsCompletedSuccessfully);

        using var stop = new CancellationTokenSource();
        var fourth = one.WaitForCallsAsync(4, stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fourth);
    }

    [Fact]
    public async Task A_synchronous_call_reaches_its_instance()
    {
        var one = _mesh.Service("catalog").AddInstance(Answers.Text("now"));
        await using var client = new Client(_mesh);
        using var request = new HttpRequestMessage(HttpMethod.Post, "http://catalog/items") { Content = new StringContent("body") };
        using var response = client.Http.Send(request);
        using var reader = new StreamReader(response.Content.ReadAsStream());
        Assert.Equal("now", reader.ReadToEnd());
        Assert.Equal("body", Assert.Single(one.Calls).BodyText);
    }

    [Fact]
    public async Task A_failed_assertion_in_what_plays_an_instance_reaches_the_test()
    {
        _mesh.Service("catalog").AddInstance(request =>
        {
            Assert.Equal("/other", request.RequestUri!.AbsolutePath);
            return new HttpResponseMessage();
        });
        await using var client = new Client(_mesh);
        await Assert.ThrowsAsync<Xunit.Sdk.EqualException>(() => client.GetAsync());
    }

    [Fact]
    public async Task An_answer_of_null_is_an_error_that_says_so()
    {
        _mesh.Service("catalog").AddInstance(_ => null!);
        await using var client = new Client(_mesh);
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => client.GetAsync());
        Assert.Contains("answered with null", error.Message, StringComparison.Ordinal);
    }

    private sealed class OneShot(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }
}

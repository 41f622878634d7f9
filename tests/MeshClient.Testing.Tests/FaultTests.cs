using System.Net;
using MeshClient.Http;
using MeshClient.Testing.Tests.Kit;

namespace MeshClient.Testing.Tests;

public sealed class FaultTests : IAsyncDisposable
{
    private readonly VirtualTime _time = new();
    private readonly TestMesh _mesh;
    private readonly TestService _catalog;
    private readonly TestInstance _one;
    private readonly Client _client;

    public FaultTests()
    {
        _mesh = new TestMesh { Time = _time };
        _catalog = _mesh.Service("catalog");
        _one = _catalog.AddInstance(Answers.Text("from one"));
        _client = new Client(_mesh);
    }

    public ValueTask DisposeAsync() => _client.DisposeAsync();

    [Fact]
    public async Task A_scripted_503_is_retried_on_the_other_instance()
    {
        var two = _catalog.AddInstance(Answers.Text("from two"));
        var bad = _one.Inject(Fault.Status(503));
        foreach (var _ in Enumerable.Range(0, 2))
        {
            using var response = await _time.RunAsync(_client.GetAsync());
            Assert.Equal("from two", await response.Content.ReadAsStringAsync());
        }
        // Of two calls in turn at least one began at the bad instance.
        Assert.InRange(bad.Hits, 1, 2);
        Assert.Equal(bad.Hits, _one.CallCount);
        Assert.All(_one.Calls, call => Assert.Equal(HttpStatusCode.ServiceUnavailable, call.StatusCode));
        Assert.Equal(2, two.CallCount);
        Assert.Equal(2 + bad.Hits, _mesh.Calls.Count);
    }

    [Fact]
    public async Task Retry_after_is_waited_for_on_the_clock()
    {
        _one.Inject(Fault.Status(HttpStatusCode.ServiceUnavailable, TimeSpan.FromSeconds(3)), times: 1);
        var began = _time.GetUtcNow();
        using var response = await _time.RunAsync(_client.GetAsync());
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.True(_time.GetUtcNow() - began >= TimeSpan.FromSeconds(3));
        Assert.Equal(TimeSpan.FromSeconds(3), _one.Calls[1].At - _one.Calls[0].At);
    }

    [Fact]
    public async Task A_refused_connection_is_retried_even_for_a_post_and_a_reset_one_is_not()
    {
        _one.Inject(Fault.ConnectFailure(), times: 1);
        using var response = await _time.RunAsync(_client.Http.PostAsync("http://catalog/items", new StringContent("new")));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(2, _one.CallCount);

        _one.Inject(Fault.Reset(), times: 1);
        var error = await Assert.ThrowsAsync<HttpRequestException>(
            () => _time.RunAsync(_client.Http.PostAsync("http://catalog/items", new StringContent("new"))));
        Assert.Equal(HttpRequestError.ResponseEnded, error.HttpRequestError);
        Assert.Equal(3, _one.CallCount);
        Assert.IsType<HttpRequestException>(_one.Calls[2].Error);
        Assert.Null(_one.Calls[2].StatusCode);
    }

    [Fact]
    public async Task A_delay_takes_the_time_of_the_clock_and_none_of_the_tests()
    {
        _one.Inject(Fault.Delay(TimeSpan.FromSeconds(4)));
        var began = _time.GetUtcNow();
        using var response = await _time.RunAsync(_client.GetAsync());
        Assert.Equal("from one", await response.Content.ReadAsStringAsync());
        Assert.Equal(TimeSpan.FromSeconds(4), _time.GetUtcNow() - began);
    }

    [Fact]
    public async Task An_instance_that_never_answers_runs_into_the_time_out()
    {
        _one.Inject(Fault.NoAnswer());
        var error = await Assert.ThrowsAsync<MeshTimeoutException>(() => _time.RunAsync(_client.GetAsync()));
        Assert.Equal("catalog", error.Service);
        Assert.All(_one.Calls, call => Assert.IsType<TaskCanceledException>(call.Error, exactMatch: false));
    }

    [Fact]
    public async Task A_stalled_body_ends_with_the_idle_time_out_and_what_had_come_can_be_read()
    {
        _one.Inject(Fault.StalledBody(afterBytes: 4));
        using var response = await _time.RunAsync(_client.Http.GetAsync("http://catalog/items", HttpCompletionOption.ResponseHeadersRead));
        Assert.Equal(8, response.Content.Headers.ContentLength);
        using var body = await response.Content.ReadAsStreamAsync();
        var buffer = new byte[16];
        Assert.Equal(4, await body.ReadAsync(buffer));
        Assert.Equal("from"u8, buffer.AsSpan(0, 4));
        var began = _time.GetUtcNow();
        var error = await Assert.ThrowsAsync<IOException>(() => _time.RunAsync(body.ReadAsync(buffer).AsTask()));
        Assert.Contains("IdleTimeout", error.Message, StringComparison.Ordinal);
        Assert.Equal(TimeSpan.FromSeconds(60), _time.GetUtcNow() - began);
    }

    [Fact]
    public async Task A_broken_body_breaks_the_read()
    {
        _one.Inject(Fault.BrokenBody(afterBytes: 4));
        var error = await Assert.ThrowsAsync<HttpRequestException>(() => _time.RunAsync(_client.GetAsync()));
        Assert.IsType<HttpIOException>(error.InnerException);
    }

    [Fact]
    public async Task Only_the_calls_that_the_predicate_holds_for_are_counted_and_hit()
    {
        var fault = _one.Inject(Fault.Status(418), times: 2, when: request => request.RequestUri!.AbsolutePath == "/bad");
        var statuses = new List<int>();
        foreach (var path in (string[])["good", "bad", "good", "bad", "bad"])
        {
            using var response = await _client.GetAsync($"http://catalog/{path}");
            statuses.Add((int)response.StatusCode);
        }
        Assert.Equal([200, 418, 200, 418, 200], statuses);
        Assert.Equal(2, fault.Hits);
    }

    [Fact]
    public async Task Faults_of_the_service_come_first_and_a_delay_lets_the_next_one_act()
    {
        _one.Inject(Fault.Status(404));
        _catalog.Inject(Fault.Delay(TimeSpan.FromSeconds(2)));
        var began = _time.GetUtcNow();
        using (var response = await _time.RunAsync(_client.GetAsync()))
            Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(2), _time.GetUtcNow() - began);

        _catalog.Inject(Fault.Status(410));
        using (var response = await _time.RunAsync(_client.GetAsync()))
            Assert.Equal(HttpStatusCode.Gone, response.StatusCode);
    }

    [Fact]
    public async Task A_fault_ends_when_it_is_disposed_of_and_all_end_when_the_mesh_is_healed()
    {
        using (_one.Inject(Fault.Status(404)))
        {
            using var response = await _client.GetAsync();
            Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        }
        using (var response = await _client.GetAsync())
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);

        _one.Inject(Fault.Status(404));
        _catalog.Inject(Fault.Status(404));
        _mesh.Registry.Fail();
        _mesh.Heal();
        Assert.True(_mesh.Registry.IsAvailable);
        using (var response = await _client.GetAsync())
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task A_fault_of_the_tests_own_sees_the_request_and_the_answer()
    {
        _one.Inject(Fault.Of(async (request, next, _) =>
        {
            var response = await next();
            response.Headers.Add("x-path", request.RequestUri!.AbsolutePath);
            return response;
        }));
        using (var response = await _client.GetAsync())
            Assert.Equal("/items", Assert.Single(response.Headers.GetValues("x-path")));

        _one.Inject(Fault.Throw(() => new InvalidDataException("as the test says")));
        await Assert.ThrowsAsync<InvalidDataException>(() => _client.GetAsync());
    }

    [Fact]
    public void Numbers_out_of_range_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => _one.Inject(Fault.Reset(), times: 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Fault.Delay(TimeSpan.FromTicks(-1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => Fault.StalledBody(-1));
    }
}

using System.Net;
using MeshClient.Http;
using MeshClient.Tests.Doubles;

namespace MeshClient.Tests.Http;

/// <summary>The body of an answer and the lease that ends with it.</summary>
public sealed class BodyTests : IDisposable
{
    private readonly MeshHarness _mesh = new(o => o.IdleTimeout = TimeSpan.FromSeconds(10));

    public BodyTests() => _mesh.Catalogs("a1");

    public void Dispose() => _mesh.Dispose();

    private int InFlight => _mesh.Catalog.State.Available[0].InFlight;

    [Fact]
    public async Task The_lease_lasts_until_the_body_has_been_read()
    {
        Body(() => new StringContent("body"));
        using var response = await HeadersAsync();
        Assert.Equal(1, InFlight);
        Assert.Equal("body", await response.Content.ReadAsStringAsync());
        Assert.Equal(0, InFlight);
    }

    [Fact]
    public async Task A_stream_that_is_read_to_its_end_ends_the_lease_without_being_disposed()
    {
        Body(() => new StreamContent(new MemoryStream([1, 2, 3])));
        var response = await HeadersAsync();
        var stream = await response.Content.ReadAsStreamAsync();
        var buffer = new byte[2];
        Assert.Equal(2, await stream.ReadAsync(buffer));
        Assert.Equal(1, await stream.ReadAsync(buffer));
        Assert.Equal(1, InFlight);
        Assert.Equal(0, await stream.ReadAsync(buffer));
        Assert.Equal(0, InFlight);
        Assert.Equal(0, await stream.ReadAsync(buffer));
    }

    [Fact]
    public async Task An_answer_that_is_disposed_unread_ends_the_lease()
    {
        Body(() => new StringContent("body"));
        (await HeadersAsync()).Dispose();
        Assert.Equal(0, InFlight);
    }

    [Fact]
    public async Task The_headers_of_the_content_are_those_of_the_answer()
    {
        Body(() =>
        {
            var content = new StringContent("{}");
            content.Headers.ContentType = new("application/json");
            content.Headers.Allow.Add("GET");
            content.Headers.Allow.Add("PUT");
            content.Headers.TryAddWithoutValidation("x-bad", "a, b");
            content.Headers.ContentLength = 2;
            return content;
        });
        using var response = await HeadersAsync();
        Assert.Equal("application/json", response.Content.Headers.ContentType!.ToString());
        Assert.Equal(["GET", "PUT"], response.Content.Headers.Allow);
        Assert.Equal(["a, b"], response.Content.Headers.NonValidated["x-bad"]);
        Assert.Equal(2, response.Content.Headers.ContentLength);
    }

    [Theory]
    [InlineData("GET", HttpStatusCode.NoContent)]
    [InlineData("GET", HttpStatusCode.NotModified)]
    [InlineData("HEAD", HttpStatusCode.OK)]
    public async Task An_answer_that_has_no_body_ends_the_lease_at_once(string method, HttpStatusCode status)
    {
        _mesh.Transports.Answers(_ =>
        {
            var response = new HttpResponseMessage(status) { Content = new ByteArrayContent([]) };
            response.Content.Headers.ContentLength = 1234;
            return response;
        });
        using var request = new HttpRequestMessage(new HttpMethod(method), "http://catalog/x");
        var response = await _mesh.RunAsync(_mesh.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead));
        Assert.Equal(0, InFlight);
        Assert.Equal(1234, response.Content.Headers.ContentLength);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
        Assert.NotNull(response.GetMeshCall());
    }

    [Fact]
    public async Task A_slow_reader_is_not_taken_for_a_stalled_body()
    {
        Body(() => new StreamContent(new MemoryStream(new byte[100_000])));
        using var response = await HeadersAsync();
        using var target = new SlowTarget(_mesh.Time, TimeSpan.FromSeconds(60));
        var copying = response.Content.CopyToAsync(target);
        await _mesh.RunAsync(copying.ContinueWith(t => t.IsCompletedSuccessfully, TaskScheduler.Default));
        await copying;
        Assert.Equal(100_000, target.Written);
        Assert.Equal(0, InFlight);
    }

    [Fact]
    public async Task A_copy_that_is_cancelled_ends_as_cancelled_and_is_no_failure()
    {
        Body(() => new StreamContent(new DrippingStream(_mesh.Time, Timeout.InfiniteTimeSpan, 1)));
        using var response = await HeadersAsync();
        using var caller = new CancellationTokenSource();
        var reading = response.Content.ReadAsByteArrayAsync(caller.Token);
        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        Assert.Equal(0, InFlight);
        Assert.Equal(0, _mesh.Catalog.State.Available[0].Runs.Errors);
    }

    [Fact]
    public async Task A_body_that_breaks_off_is_a_failure_of_its_endpoint()
    {
        Body(() => new StreamContent(new BreakingStream()));
        using var response = await HeadersAsync();
        var error = await Assert.ThrowsAnyAsync<Exception>(() => response.Content.ReadAsByteArrayAsync());
        Assert.Contains("broken", error.ToString(), StringComparison.Ordinal);
        Assert.Equal((0, 1), (InFlight, _mesh.Catalog.State.Available[0].Runs.Errors));
    }

    [Fact]
    public async Task Read_after_read_the_tokens_of_other_calls_are_left_alone()
    {
        Body(() => new StringContent("one"));
        var first = await HeadersAsync();
        await first.Content.ReadAsStringAsync();
        var second = await HeadersAsync();
        // The first call's end has given its token back; whatever is done with its answer now must not reach the second.
        first.Dispose();
        await Assert.ThrowsAnyAsync<Exception>(() => first.Content.ReadAsStringAsync());
        Assert.Equal("one", await second.Content.ReadAsStringAsync());
    }

    [Fact]
    public void The_synchronous_read_ends_the_lease_too()
    {
        Body(() => new StringContent("body"));
        using var response = _mesh.Client.Send(new HttpRequestMessage(HttpMethod.Get, "http://catalog/x"), HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(response.Content.ReadAsStream());
        Assert.Equal("body", reader.ReadToEnd());
        Assert.Equal(0, InFlight);
    }

    private void Body(Func<HttpContent> create) => _mesh.Transports.Answers(_ => new HttpResponseMessage { Content = create() });

    private Task<HttpResponseMessage> HeadersAsync() =>
        _mesh.RunAsync(_mesh.Client.GetAsync("http://catalog/x", HttpCompletionOption.ResponseHeadersRead));

    private sealed class SlowTarget(TimeProvider time, TimeSpan delay) : MemoryStream
    {
        public long Written { get; private set; }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Task.Delay(delay, time, cancellationToken);
            Written += buffer.Length;
        }

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    private sealed class BreakingStream : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            ValueTask.FromException<int>(new IOException("broken"));

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            Task.FromException<int>(new IOException("broken"));

        public override Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken) =>
            Task.FromException(new IOException("broken"));
    }
}

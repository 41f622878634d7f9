using System.Net.Sockets;
using MeshClient.Model;
using MeshClient.Primitives;
using MeshClient.Transport;

namespace MeshClient.Tests.Transport;

public sealed class PrefaceStreamTests
{
    private static readonly Endpoint s_peer = new() { InstanceId = "a1", Host = "10.0.0.1", Port = 80 };

    private readonly Wire _wire = new();
    private readonly PrefaceStream _stream;

    public PrefaceStreamTests() => _stream = new PrefaceStream(_wire, s_peer);

    [Fact]
    public async Task The_end_before_the_first_byte_is_told()
    {
        _wire.Reads.Enqueue(() => 0);
        var error = await Assert.ThrowsAsync<MissingPrefaceException>(() => ReadAsync(9));
        Assert.Contains("a1 (10.0.0.1:80) accepted the connection and closed it before it had sent anything", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(9)]
    public async Task A_reset_before_the_first_byte_is_told(int buffer)
    {
        _wire.Reads.Enqueue(() => throw Broken(SocketError.ConnectionReset));
        Assert.IsType<IOException>((await Assert.ThrowsAsync<MissingPrefaceException>(() => ReadAsync(buffer))).InnerException);
    }

    [Theory]
    [InlineData(SocketError.TimedOut)]
    [InlineData(SocketError.OperationAborted)]
    [InlineData(SocketError.HostUnreachable)]
    public async Task By_another_end_the_server_may_have_spoken_unheard(SocketError end)
    {
        _wire.Reads.Enqueue(() => throw Broken(end));
        await Assert.ThrowsAsync<IOException>(() => ReadAsync(9));
    }

    [Fact]
    public async Task Reads_of_no_bytes_are_no_end()
    {
        _wire.Reads.Enqueue(() => 0);
        Assert.Equal(0, await ReadAsync(0));
    }

    [Fact]
    public async Task After_the_first_byte_all_is_as_it_comes()
    {
        _wire.Reads.Enqueue(() => 9);
        Assert.Equal(9, await ReadAsync(9));
        _wire.Reads.Enqueue(() => 0);
        Assert.Equal(0, await ReadAsync(9));
        _wire.Reads.Enqueue(() => throw Broken(SocketError.ConnectionReset));
        await Assert.ThrowsAsync<IOException>(() => ReadAsync(9));
        _wire.OnWrite = () => throw Broken(SocketError.ConnectionReset);
        await Assert.ThrowsAsync<IOException>(() => WriteAsync());
    }

    [Fact]
    public async Task A_write_after_the_end_tells_the_same()
    {
        _wire.Reads.Enqueue(() => 0);
        var error = await Assert.ThrowsAsync<MissingPrefaceException>(() => ReadAsync(9));
        _wire.OnWrite = () => throw new ObjectDisposedException("socket");
        Assert.Same(error, await Assert.ThrowsAsync<MissingPrefaceException>(() => WriteAsync()));
    }

    [Theory]
    [InlineData(SocketError.ConnectionReset)]
    [InlineData(SocketError.ConnectionAborted)]
    [InlineData(SocketError.Shutdown)]
    public async Task Whether_there_was_a_word_before_a_reset_that_a_write_meets_is_for_the_read_to_say(SocketError met)
    {
        _wire.OnWrite = () => throw Broken(met);
        await WriteAsync();
        _wire.Reads.Enqueue(() => 0);
        await Assert.ThrowsAsync<MissingPrefaceException>(() => ReadAsync(9));
    }

    [Fact]
    public async Task Other_errors_of_writes_are_told_as_they_are()
    {
        _wire.OnWrite = () => throw Broken(SocketError.TimedOut);
        await Assert.ThrowsAsync<IOException>(() => WriteAsync());
    }

    [Fact]
    public async Task Only_connections_of_HTTP_2_are_watched_and_a_filter_of_the_applications_stays()
    {
        var filtered = new HashSet<Version>();
        using var handler = new SocketsHttpHandler { ConnectCallback = (_, _) => new(_wire), PlaintextStreamFilter = Filter };
        PrefaceStream.Apply(handler, s_peer);
        using var client = new HttpMessageInvoker(handler);

        var error = await Assert.ThrowsAsync<HttpRequestException>(() => SendAsync(client, 2));
        Assert.NotNull(Causes.Find<MissingPrefaceException>(error));
        error = await Assert.ThrowsAsync<HttpRequestException>(() => SendAsync(client, 1));
        Assert.Null(Causes.Find<MissingPrefaceException>(error));
        Assert.Equal([new(2, 0), new(1, 1)], filtered);

        ValueTask<Stream> Filter(SocketsHttpPlaintextStreamFilterContext context, CancellationToken token)
        {
            filtered.Add(context.NegotiatedHttpVersion);
            return new(new MemoryStream());
        }
    }

    private static Task<HttpResponseMessage> SendAsync(HttpMessageInvoker client, int version) => client.SendAsync(
        new HttpRequestMessage(HttpMethod.Get, "http://catalog/") { Version = new Version(version, version == 1 ? 1 : 0), VersionPolicy = HttpVersionPolicy.RequestVersionExact },
        TestContext.Current.CancellationToken);

    private async Task<int> ReadAsync(int buffer) => await _stream.ReadAsync(new byte[buffer], TestContext.Current.CancellationToken);

    private async Task WriteAsync() => await _stream.WriteAsync(new byte[1], TestContext.Current.CancellationToken);

    private static IOException Broken(SocketError error) => new("broken", new SocketException((int)error));

    /// <summary>A connection whose reads and writes end as the test says.</summary>
    private sealed class Wire : MemoryStream
    {
        public Queue<Func<int>> Reads { get; } = [];

        public Action OnWrite { get; set; } = () => { };

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Reads.Dequeue()());

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            OnWrite();
            return ValueTask.CompletedTask;
        }
    }
}

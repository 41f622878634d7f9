using System.Net;
using System.Text;
using MeshClient.Grpc;

namespace MeshClient.Tests.Grpc;

public sealed class ReplayContentTests
{
    private readonly ReplayMemory _memory = new();
    private readonly Source _source = new();

    [Fact]
    public async Task What_was_sent_is_sent_again_before_what_comes()
    {
        var content = Content();
        var (first, second) = (new Target(), new Target());
        var failed = content.CopyToAsync(first);
        await _source.WriteAsync("ab");
        first.Breaks = true;
        await _source.WriteAsync("c");

        var sent = content.CopyToAsync(second);
        await _source.WriteAsync("d");
        _source.End();
        await sent;

        Assert.Equal(("ab", "abcd"), (first.Text, second.Text));
        await Assert.ThrowsAsync<HttpRequestException>(() => failed);
    }

    [Fact]
    public async Task A_stream_that_has_ended_is_sent_again()
    {
        var content = Content();
        var (first, second) = (new Target(), new Target());
        var sent = content.CopyToAsync(first);
        await _source.WriteAsync("ab");
        _source.End();
        await sent;

        await content.CopyToAsync(second);

        Assert.Equal("ab", second.Text);
    }

    [Fact]
    public async Task From_the_commit_on_nothing_is_kept()
    {
        var content = Content();
        var first = new Target();
        _ = content.CopyToAsync(first);
        await _source.WriteAsync("ab");
        Assert.Equal(2, _memory.Taken);

        content.Commit();
        await _source.WriteAsync("c");

        Assert.Equal(("abc", 0, false), (first.Text, _memory.Taken, content.CanReplay));
        await Assert.ThrowsAsync<InvalidOperationException>(() => content.CopyToAsync(new Target()));
    }

    [Fact]
    public async Task From_the_commit_on_the_writer_learns_of_a_broken_stream()
    {
        var content = Content();
        var first = new Target();
        _ = content.CopyToAsync(first);
        await _source.WriteAsync("ab");
        content.Commit();
        first.Breaks = true;

        await Assert.ThrowsAsync<IOException>(() => _source.WriteAsync("c"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_writer_that_goes_on_after_the_end_of_the_call_learns_that_the_stream_broke(bool flushes)
    {
        var content = Content();
        var first = new Target();
        _ = content.CopyToAsync(first);
        await _source.WriteAsync("ab");
        content.Commit();
        first.IsGone = true;

        await Assert.ThrowsAsync<IOException>(() => flushes ? _source.FlushAsync() : _source.WriteAsync("c"));
    }

    [Fact]
    public async Task What_grows_too_long_passes_and_is_not_kept()
    {
        var content = Content(limit: 3);
        var first = new Target();
        _ = content.CopyToAsync(first);
        await _source.WriteAsync("ab");
        Assert.True(content.CanReplay);

        await _source.WriteAsync("cd");

        Assert.Equal(("abcd", 0, false), (first.Text, _memory.Taken, content.CanReplay));
    }

    [Fact]
    public async Task A_writer_that_would_go_over_the_limit_waits_for_the_next_attempt()
    {
        var content = Content(limit: 3);
        var (first, second) = (new Target(), new Target());
        _ = content.CopyToAsync(first);
        await _source.WriteAsync("ab");
        first.Breaks = true;
        var waiting = _source.WriteAsync("cd");
        Assert.False(waiting.IsCompleted);

        _ = content.CopyToAsync(second);
        await waiting;

        Assert.Equal(("abcd", false), (second.Text, content.CanReplay));
    }

    [Fact]
    public async Task A_writer_that_waits_for_an_attempt_that_never_comes_is_told()
    {
        var content = Content(limit: 3);
        var first = new Target { Breaks = true };
        _ = content.CopyToAsync(first);
        var waiting = _source.WriteAsync("abcd");
        Assert.False(waiting.IsCompleted);

        content.Commit();

        await Assert.ThrowsAsync<IOException>(() => waiting);
    }

    [Fact]
    public async Task A_stream_that_nobody_reads_does_not_hold_up_the_next_attempt()
    {
        var content = Content();
        var (stuck, second) = (new Target { Sticks = true }, new Target());
        _ = content.CopyToAsync(stuck);
        var writing = _source.WriteAsync("ab");
        Assert.False(writing.IsCompleted);

        _ = content.CopyToAsync(second);
        await writing;
        await _source.WriteAsync("c");

        Assert.Equal("abc", second.Text);
    }

    [Fact]
    public async Task The_source_s_failure_is_the_request_s()
    {
        var content = Content();
        var sent = content.CopyToAsync(new Target());

        _source.Fail(new InvalidDataException("half a message"));

        await Assert.ThrowsAsync<InvalidDataException>(() => sent);
    }

    [Fact]
    public async Task All_calls_together_keep_no_more_than_the_limit()
    {
        Assert.True(_memory.TryTake(ReplayMemory.Limit - 1));
        var content = Content();
        var first = new Target();
        _ = content.CopyToAsync(first);

        await _source.WriteAsync("ab");

        Assert.Equal(("ab", false), (first.Text, content.CanReplay));
        Assert.Equal(ReplayMemory.Limit - 1, _memory.Taken);
    }

    [Fact]
    public async Task Disposed_it_gives_back_what_it_keeps()
    {
        var content = Content();
        _ = content.CopyToAsync(new Target());
        await _source.WriteAsync("ab");

        content.Dispose();
        content.Commit();

        Assert.Equal(0, _memory.Taken);
    }

    [Fact]
    public void It_has_the_headers_of_what_it_keeps_and_no_length()
    {
        _source.Headers.ContentType = new("application/grpc");

        var content = Content();

        Assert.Equal("application/grpc", content.Headers.ContentType?.MediaType);
        Assert.Null(content.Headers.ContentLength);
    }

    private ReplayContent Content(int limit = 1024) => new(_source, limit, _memory);

    /// <summary>Writes when the test says, as gRPC's client does.</summary>
    private sealed class Source : HttpContent
    {
        private readonly TaskCompletionSource _end = new();
        private readonly TaskCompletionSource<Stream> _stream = new();

        public async Task WriteAsync(string text) =>
            await (await _stream.Task).WriteAsync(Encoding.UTF8.GetBytes(text), TestContext.Current.CancellationToken);

        public async Task FlushAsync() => await (await _stream.Task).FlushAsync(TestContext.Current.CancellationToken);

        public void End() => _end.SetResult();

        public void Fail(Exception error) => _end.SetException(error);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.FlushAsync();
            _stream.SetResult(stream);
            await _end.Task;
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }

    private sealed class Target : MemoryStream
    {
        public bool Breaks { get; set; }

        public bool Sticks { get; init; }

        /// <summary>Whether the transport has disposed of it.</summary>
        public bool IsGone { get; set; }

        public string Text => Encoding.UTF8.GetString(ToArray());

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            IsGone ? throw new ObjectDisposedException("Http2WriteStream")
            : Breaks ? ValueTask.FromException(new IOException("reset")) : Sticks ? new ValueTask(new TaskCompletionSource().Task) : base.WriteAsync(buffer, cancellationToken);

        public override Task FlushAsync(CancellationToken cancellationToken) =>
            IsGone ? throw new ObjectDisposedException("Http2WriteStream") : base.FlushAsync(cancellationToken);
    }
}

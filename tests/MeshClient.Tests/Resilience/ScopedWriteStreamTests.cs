using MeshClient.Resilience;
using Microsoft.Extensions.Time.Testing;

namespace MeshClient.Tests.Resilience;

public sealed class ScopedWriteStreamTests
{
    private static readonly TimeSpan s_idle = TimeSpan.FromSeconds(10);
    private readonly FakeTimeProvider _time = new();
    private readonly MemoryStream _written = new();
    private readonly AttemptScope.Pool _pool;
    private readonly AttemptScope _scope;

    public ScopedWriteStreamTests()
    {
        _pool = new AttemptScope.Pool(_time);
        _scope = _pool.Rent();
    }

    [Fact]
    public async Task What_is_written_in_any_way_reaches_the_target_in_order()
    {
        var stream = _scope.Watch(_written, s_idle);
        stream.Write([1, 2]);
        stream.Write([0, 3, 0], 1, 1);
        stream.WriteByte(4);
        await stream.WriteAsync(new byte[] { 5 });
        await stream.WriteAsync([0, 6, 0], 1, 1);
        stream.Flush();
        await stream.FlushAsync();
        Assert.Equal([1, 2, 3, 4, 5, 6], _written.ToArray());
    }

    [Fact]
    public void Each_write_moves_the_limit_so_that_silence_and_not_length_is_bounded()
    {
        var stream = _scope.Watch(_written, s_idle);
        for (var i = 0; i < 10; i++)
        {
            stream.WriteByte(1);
            _time.Advance(TimeSpan.FromSeconds(9));
        }
        Assert.False(_scope.Token.IsCancellationRequested);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(ScopeEnd.TimedOut, _scope.End);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_time_that_the_target_takes_does_not_count(bool flushes)
    {
        var target = new SlowStream();
        var stream = _scope.Watch(target, s_idle);
        _scope.Arm(s_idle);
        var writing = flushes ? stream.FlushAsync() : stream.WriteAsync(new byte[1]).AsTask();
        _time.Advance(TimeSpan.FromHours(1));
        Assert.False(_scope.Token.IsCancellationRequested);
        target.Done.SetResult();
        await writing;
        _time.Advance(TimeSpan.FromMilliseconds(9_999));
        Assert.False(_scope.Token.IsCancellationRequested);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(ScopeEnd.TimedOut, _scope.End);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_time_that_the_target_takes_does_not_count_in_synchronous_writes_either(bool flushes)
    {
        var stream = _scope.Watch(new SlowStream { Meanwhile = () => _time.Advance(TimeSpan.FromHours(1)) }, s_idle);
        _scope.Arm(s_idle);
        if (flushes)
            stream.Flush();
        else
            stream.Write([1]);
        Assert.False(_scope.Token.IsCancellationRequested);
        _time.Advance(s_idle);
        Assert.True(_scope.Token.IsCancellationRequested);
    }

    [Fact]
    public async Task What_the_target_throws_reaches_the_writer()
    {
        var target = new SlowStream { Meanwhile = () => throw new IOException("full") };
        var stream = _scope.Watch(target, s_idle);
        Assert.Throws<IOException>(() => stream.Write([1]));
        var writing = stream.WriteAsync(new byte[1]);
        target.Done.SetException(new IOException("closed"));
        Assert.Equal("closed", (await Assert.ThrowsAsync<IOException>(() => writing.AsTask())).Message);
    }

    [Fact]
    public void Without_an_idle_time_silence_may_last()
    {
        var stream = _scope.Watch(_written, Timeout.InfiniteTimeSpan);
        _scope.Arm(TimeSpan.FromSeconds(1));
        stream.WriteByte(1);
        _time.Advance(TimeSpan.FromDays(1));
        Assert.False(_scope.Token.IsCancellationRequested);
    }

    [Fact]
    public void It_is_used_again_with_its_scope_and_a_scope_at_rest_keeps_no_target()
    {
        var stream = _scope.Watch(_written, s_idle);
        stream.WriteByte(1);
        _pool.Return(_scope);
        stream.WriteByte(2);
        Assert.Equal([1], _written.ToArray());
        Assert.Same(_scope, _pool.Rent());
        var other = new MemoryStream();
        Assert.Same(stream, _scope.Watch(other, s_idle));
        stream.WriteByte(3);
        Assert.Equal([3], other.ToArray());
        Assert.Equal([1], _written.ToArray());
    }

    [Fact]
    public void It_is_for_writing_alone()
    {
        var stream = _scope.Watch(_written, s_idle);
        Assert.True(stream is { CanWrite: true, CanRead: false, CanSeek: false });
        Assert.Throws<NotSupportedException>(() => stream.Length);
        Assert.Throws<NotSupportedException>(() => stream.Position);
        Assert.Throws<NotSupportedException>(() => stream.Position = 0);
        Assert.Throws<NotSupportedException>(() => stream.Seek(0, SeekOrigin.Begin));
        Assert.Throws<NotSupportedException>(() => stream.SetLength(0));
        Assert.Throws<NotSupportedException>(() => stream.Read(new byte[1], 0, 1));
    }

    private sealed class SlowStream : MemoryStream
    {
        public TaskCompletionSource Done { get; } = new();

        public Action Meanwhile { get; init; } = static () => { };

        public override void Write(ReadOnlySpan<byte> buffer) => Meanwhile();

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => new(Done.Task);

        public override void Flush() => Meanwhile();

        public override Task FlushAsync(CancellationToken cancellationToken) => Done.Task;
    }
}

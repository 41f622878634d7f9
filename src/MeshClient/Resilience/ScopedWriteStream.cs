namespace MeshClient.Resilience;

/// <summary>
/// Passes what is written on to another stream and moves its scope's time limit with each write: so a body that is copied is bounded by its longest
/// silence and not by its length. The time that the target itself takes does not count. Used again with its scope.
/// </summary>
internal sealed class ScopedWriteStream(AttemptScope scope) : Stream
{
    private Stream _target = Null;
    private TimeSpan _idle;

    /// <summary>Whether the target refused what was written: then the copy's failure is not its source's.</summary>
    public bool TargetFailed { get; private set; }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public void Set(Stream target, TimeSpan idle)
    {
        _target = target;
        _idle = idle;
        TargetFailed = false;
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        scope.Disarm();
        try
        {
            _target.Write(buffer);
        }
        catch
        {
            TargetFailed = true;
            throw;
        }
        scope.Arm(_idle);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        scope.Disarm();
        try
        {
            var writing = _target.WriteAsync(buffer, cancellationToken);
            if (!writing.IsCompletedSuccessfully)
                return WaitAsync(writing);
            writing.GetAwaiter().GetResult();
        }
        catch
        {
            TargetFailed = true;
            throw;
        }
        scope.Arm(_idle);
        return default;
    }

    public override void Flush()
    {
        scope.Disarm();
        _target.Flush();
        scope.Arm(_idle);
    }

    public override async Task FlushAsync(CancellationToken cancellationToken)
    {
        scope.Disarm();
        await _target.FlushAsync(cancellationToken).ConfigureAwait(false);
        scope.Arm(_idle);
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private async ValueTask WaitAsync(ValueTask writing)
    {
        try
        {
            await writing.ConfigureAwait(false);
        }
        catch
        {
            TargetFailed = true;
            throw;
        }
        scope.Arm(_idle);
    }
}

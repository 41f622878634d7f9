namespace MeshClient.Grpc;

/// <summary>What all calls to a service may keep together of the requests they stream, so that many calls at once do not fill the memory.</summary>
internal sealed class ReplayMemory
{
    /// <summary>In bytes. grpc-dotnet has the same default (<c>MaxRetryBufferSize</c>).</summary>
    public const int Limit = 16 * 1024 * 1024;

    private long _taken;

    /// <summary>In bytes.</summary>
    public long Taken => Volatile.Read(ref _taken);

    /// <summary>Takes some; false = there is not so much left.</summary>
    public bool TryTake(int bytes)
    {
        if (Interlocked.Add(ref _taken, bytes) <= Limit)
            return true;
        Return(bytes);
        return false;
    }

    public void Return(int bytes) => Interlocked.Add(ref _taken, -bytes);
}

using System.Collections.Concurrent;
using MeshClient.Model;
using Microsoft.Extensions.Logging;

namespace MeshClient.Discovery.Snapshots;

/// <summary>What the process keeps on disk. Nothing here throws or is waited for by calls: without a disk the mesh works on, and says so once.</summary>
internal sealed class SnapshotStore(SnapshotFolder folder, TimeSpan maxAge, TimeProvider time, ILogger<SnapshotStore> logger) : IAsyncDisposable
{
    /// <summary>Clocks of one machine differ by less.</summary>
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromMinutes(5);

    private readonly ConcurrentDictionary<SnapshotSaver, byte> _savers = new();
    private readonly ConcurrentDictionary<(ServiceName Service, string Reason), byte> _ignored = new();

    // One write at a time: a disk that hangs holds one thread, and what is written is what is newest when its turn comes.
    private readonly SemaphoreSlim _disk = new(1);
    private bool _failing;

    /// <summary>Begins to keep what the registry says of a service; disposing the saver writes what is not yet written.</summary>
    public SnapshotSaver Open(ServiceName service)
    {
        var saver = new SnapshotSaver(service, this, time);
        _savers[saver] = 0;
        return saver;
    }

    public void Closed(SnapshotSaver saver) => _savers.TryRemove(saver, out _);

    /// <summary>The set that was kept of a service; null = there is none that may be used, and the log says why.</summary>
    public Task<SavedSet?> ReadAsync(ServiceName service) => Task.Run(() => Read(service));

    /// <summary>Writes what a saver has then.</summary>
    public Task WriteAsync(SnapshotSaver saver) => Task.Run(async () =>
    {
        await _disk.WaitAsync().ConfigureAwait(false);
        try
        {
            if (saver.Take() is { } set)
                saver.Written(TryWrite(set) ? set : null);
        }
        finally
        {
            _disk.Release();
        }
    });

    public async ValueTask DisposeAsync() => await Task.WhenAll(_savers.Keys.Select(s => s.DisposeAsync().AsTask())).ConfigureAwait(false);

    private SavedSet? Read(ServiceName service)
    {
        try
        {
            folder.DeleteAbandoned(service, time.GetUtcNow());
            if (folder.Read(service) is not { } set)
                return null;
            var age = time.GetUtcNow() - set.Confirmed;
            if (age > maxAge)
                Ignore(service, $"the registry confirmed them at {set.Confirmed:u} for the last time, which is longer ago than Mesh:Snapshot:MaxAge allows ({maxAge})");
            else if (age < -ClockTolerance)
                Ignore(service, $"they are of {set.Confirmed:u}, which is still to come: set this machine's clock, or delete the file");
            else if (!set.Snapshot.Endpoints.IsEmpty)
                return set;
        }
        catch (InvalidDataException error)
        {
            Ignore(service, error.Message);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            Ignore(service, $"expected a file that this process may read, found: {error.Message.TrimEnd('.')}");
        }
        return null;
    }

    // A stream that is started again reads again; what was said once is known.
    private void Ignore(ServiceName service, string reason)
    {
        if (_ignored.TryAdd((service, reason), 0))
            logger.SavedSetIgnored(service, folder.PathOf(service), reason);
    }

    private bool TryWrite(SavedSet set)
    {
        var service = set.Snapshot.Service;
        try
        {
            folder.Write(set);
            logger.SetSaved(set.Snapshot.Endpoints.Length, service, folder.PathOf(service));
            if (_failing)
                logger.SavesAgain(service);
            _failing = false;
            return true;
        }
        catch (Exception error) when (error is IOException or InvalidDataException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            if (!_failing)
                logger.SetNotSaved(error, service, folder.PathOf(service), error.Message.TrimEnd('.'));
            _failing = true;
            return false;
        }
    }
}

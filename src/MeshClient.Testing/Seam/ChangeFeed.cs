using MeshClient.Model;

namespace MeshClient.Testing.Seam;

/// <summary>The versions of the script, who follows it, and how far each has come: so that a test can wait for the mesh instead of guessing.</summary>
internal sealed class ChangeFeed
{
    // Only ends a test that would hang: nothing here waits for anything but the mesh's own threads.
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private readonly List<Follower> _followers = [];
    private Published _now = new(0);
    private TaskCompletionSource _progress = Signal();

    /// <summary>The version in force. Read it before the script itself, which is then at least as new.</summary>
    public Published Now => Volatile.Read(ref _now);

    /// <summary>Tells that the script has changed.</summary>
    public void Publish()
    {
        Published before;
        lock (_gate)
        {
            before = _now;
            Volatile.Write(ref _now, new Published(before.Version + 1));
        }
        before.Replaced.SetResult();
    }

    /// <summary>Adds one that the test waits for until it has come as far as the script.</summary>
    public Follower Follow(ServiceName service)
    {
        var follower = new Follower(service);
        lock (_gate)
            _followers.Add(follower);
        return follower;
    }

    /// <summary>Notes how far one has come.</summary>
    public void Reached(Follower follower, long version)
    {
        lock (_gate)
        {
            follower.Version = version;
            Progress();
        }
    }

    /// <summary>Nobody waits for this one any more.</summary>
    public void Leave(Follower follower)
    {
        lock (_gate)
        {
            _followers.Remove(follower);
            Progress();
        }
    }

    /// <summary>Returns once every follower has come as far as the script is now.</summary>
    public async Task SettleAsync(CancellationToken cancellationToken)
    {
        var version = Now.Version;
        while (true)
        {
            Task progress;
            Follower[] late;
            lock (_gate)
            {
                late = [.. _followers.Where(f => f.Version < version)];
                progress = _progress.Task;
            }
            if (late.Length == 0)
                return;
            try
            {
                await progress.WaitAsync(s_bound, TimeProvider.System, cancellationToken).ConfigureAwait(false);
            }
            catch (TimeoutException error)
            {
                throw new TimeoutException(
                    $"Expected the mesh to take over what the TestMesh says within {s_bound.TotalSeconds} s, found it has not for "
                    + $"{string.Join(", ", late.Select(f => f.Service).Distinct())}. Is a thread blocked that the mesh needs?", error);
            }
        }
    }

    private static TaskCompletionSource Signal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Progress()
    {
        _progress.SetResult();
        _progress = Signal();
    }

    /// <summary>A version of the script.</summary>
    internal sealed class Published(long version)
    {
        public long Version => version;

        public TaskCompletionSource Replaced { get; } = Signal();
    }

    /// <summary>One that follows the script.</summary>
    internal sealed class Follower(ServiceName service)
    {
        public ServiceName Service => service;

        /// <summary>The version it has come to; changed under the feed's lock.</summary>
        public long Version { get; set; } = -1;
    }
}

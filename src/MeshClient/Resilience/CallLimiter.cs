namespace MeshClient.Resilience;

/// <summary>What became of the wish for a place.</summary>
internal enum Admission
{
    /// <summary>There is a place.</summary>
    Admitted,

    /// <summary>As many as are allowed are under way and waiting.</summary>
    Refused,

    /// <summary>The time to wait has run out.</summary>
    TimedOut,
}

/// <summary>
/// The places of a service's attempts and the queue before them, first come, first served. A place is taken by what the caller does under the
/// limiter's turn, so that the choice of an endpoint with room and its claim are one. Thread-safe.
/// </summary>
/// <remarks>
/// Who gives a place back takes it for the first in the queue: one that was merely called up could find it gone, would lose its turn to others called
/// up with it, and would leave the place idle until its thread comes.
/// </remarks>
internal sealed class CallLimiter(LimitOptions options)
{
    private readonly Lock _turn = new();
    private readonly LinkedList<Ticket> _queue = new();
    private LimitOptions _options = options;
    private int _running;
    private int _choosy;

    /// <summary>The most attempts to one endpoint.</summary>
    public int MaxPerEndpoint => Volatile.Read(ref _options).MaxConcurrentPerEndpoint ?? int.MaxValue;

    /// <summary>How many wait for a place.</summary>
    public int Queued
    {
        get
        {
            lock (_turn)
                return _queue.Count;
        }
    }

    private bool HasPlace => _running < (_options.MaxConcurrent ?? int.MaxValue);

    /// <summary>Takes new limits; what is under way stays.</summary>
    public void Update(LimitOptions settings)
    {
        Volatile.Write(ref _options, settings);
        Wake();
    }

    /// <summary>Takes a place, or waits for one.</summary>
    /// <param name="take">
    /// Called under the turn, by any thread: takes what the place is for; false = there is none now, such as an endpoint with room. What it throws ends the
    /// wait.
    /// </param>
    /// <param name="isChoosy">Whether it waits for certain endpoints: while those have no room, others go before it.</param>
    /// <param name="limit">The most time to wait.</param>
    /// <param name="time">Whose clock it goes by.</param>
    /// <param name="caller">Ends the wait. One that gets its place in the same moment has it.</param>
    /// <param name="mayWait">Whether it queues where there is no place; false = it is refused.</param>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public async ValueTask<Admission> EnterAsync(Func<bool> take, bool isChoosy, TimeSpan limit, TimeProvider time, CancellationToken caller, bool mayWait = true)
    {
        LinkedListNode<Ticket> node;
        lock (_turn)
        {
            if (_queue.Count == _choosy && TryTake(take))
                return Admission.Admitted;
            if (!mayWait || _queue.Count >= _options.MaxQueued)
                return Admission.Refused;
            node = _queue.AddLast(new Ticket(take, isChoosy));
            _choosy += isChoosy ? 1 : 0;
        }
        var served = node.Value.Task;
        if (limit > TimeSpan.Zero)
            await served.WaitAsync(limit == TimeSpan.MaxValue ? Timeout.InfiniteTimeSpan : limit, time, caller).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (TryTakeBack(node))
        {
            caller.ThrowIfCancellationRequested();
            return Admission.TimedOut;
        }
        await served.ConfigureAwait(false);
        return Admission.Admitted;
    }

    /// <summary>Gives a place back.</summary>
    public void Leave()
    {
        lock (_turn)
        {
            _running--;
            Wake();
        }
    }

    /// <summary>Serves those who wait, as far as there are places now.</summary>
    public void Wake()
    {
        lock (_turn)
        {
            for (var node = _queue.First; node is not null && HasPlace;)
            {
                var next = node.Next;
                // Where one that would take any endpoint finds none, nobody behind it does.
                if (!TryServe(node) && !node.Value.IsChoosy)
                    return;
                node = next;
            }
        }
    }

    private bool TryServe(LinkedListNode<Ticket> node)
    {
        try
        {
            if (!TryTake(node.Value.Take))
                return false;
            Remove(node);
            node.Value.SetResult();
        }
        catch (Exception error)
        {
            Remove(node);
            node.Value.SetException(error);
        }
        return true;
    }

    private bool TryTake(Func<bool> take)
    {
        if (!HasPlace || !take())
            return false;
        _running++;
        return true;
    }

    private bool TryTakeBack(LinkedListNode<Ticket> node)
    {
        lock (_turn)
        {
            if (node.List is null)
                return false;
            Remove(node);
            return true;
        }
    }

    private void Remove(LinkedListNode<Ticket> node)
    {
        _queue.Remove(node);
        _choosy -= node.Value.IsChoosy ? 1 : 0;
    }

    /// <summary>One that waits.</summary>
    private sealed class Ticket(Func<bool> take, bool isChoosy) : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public Func<bool> Take { get; } = take;

        public bool IsChoosy { get; } = isChoosy;
    }
}

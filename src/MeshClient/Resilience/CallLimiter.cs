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
internal sealed class CallLimiter(LimitOptions options)
{
    private readonly Lock _turn = new();
    private readonly LinkedList<TaskCompletionSource> _queue = new();
    private LimitOptions _options = options;
    private int _running;
    private int _calledUp;

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

    /// <summary>Takes new limits; what is under way stays.</summary>
    public void Update(LimitOptions settings)
    {
        Volatile.Write(ref _options, settings);
        Wake();
    }

    /// <summary>Takes a place, or waits for one.</summary>
    /// <param name="take">Called under the turn: takes what the place is for; false = there is none now, such as an endpoint with room.</param>
    /// <param name="limit">The most time to wait.</param>
    /// <param name="time">Whose clock it goes by.</param>
    /// <param name="caller">Ends the wait.</param>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public async ValueTask<Admission> EnterAsync(Func<bool> take, TimeSpan limit, TimeProvider time, CancellationToken caller)
    {
        LinkedListNode<TaskCompletionSource>? ticket = null;
        var began = time.GetTimestamp();
        while (true)
        {
            lock (_turn)
            {
                if (ticket is null ? TryEnter(take) : TryEnterCalledUp(take))
                    return Admission.Admitted;
                if (ticket is null && _queue.Count >= _options.MaxQueued)
                    return Admission.Refused;
                ticket = Queue(isFirst: ticket is not null);
            }
            if (!await WaitAsync(ticket, limit - time.GetElapsedTime(began), time, caller).ConfigureAwait(false))
                return Admission.TimedOut;
        }
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

    /// <summary>Calls up the first of those who wait: there may be places now. Each that finds one calls up the next.</summary>
    public void Wake()
    {
        lock (_turn)
        {
            if (_queue.First is not { } first)
                return;
            _queue.RemoveFirst();
            _calledUp++;
            first.Value.SetResult();
        }
    }

    // Those who wait go first, also while one of them is on its way.
    private bool TryEnter(Func<bool> take) => _queue.Count + _calledUp == 0 && TryTake(take);

    private bool TryEnterCalledUp(Func<bool> take)
    {
        _calledUp--;
        var taken = false;
        try
        {
            return taken = TryTake(take);
        }
        catch
        {
            // It wants no place any more.
            taken = true;
            throw;
        }
        finally
        {
            if (taken)
                Wake();
        }
    }

    private bool TryTake(Func<bool> take)
    {
        if (_running >= (_options.MaxConcurrent ?? int.MaxValue) || !take())
            return false;
        _running++;
        return true;
    }

    // One that was called up in vain stays ahead of those that came later.
    private LinkedListNode<TaskCompletionSource> Queue(bool isFirst)
    {
        var ticket = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return isFirst ? _queue.AddFirst(ticket) : _queue.AddLast(ticket);
    }

    // False = the time is up. One that was called up in the same moment may still try.
    private async ValueTask<bool> WaitAsync(LinkedListNode<TaskCompletionSource> ticket, TimeSpan left, TimeProvider time, CancellationToken caller)
    {
        try
        {
            if (left > TimeSpan.Zero)
            {
                await ticket.Value.Task.WaitAsync(left, time, caller).ConfigureAwait(false);
                return true;
            }
        }
        catch (TimeoutException)
        {
        }
        catch (OperationCanceledException)
        {
            GiveUp(ticket);
            throw;
        }
        return !TryTakeBack(ticket);
    }

    private void GiveUp(LinkedListNode<TaskCompletionSource> ticket)
    {
        lock (_turn)
        {
            if (TryTakeBack(ticket))
                return;
            // Called up in the moment it gave up, it passes the call on.
            _calledUp--;
            Wake();
        }
    }

    private bool TryTakeBack(LinkedListNode<TaskCompletionSource> ticket)
    {
        lock (_turn)
        {
            if (ticket.List is null)
                return false;
            _queue.Remove(ticket);
            return true;
        }
    }
}

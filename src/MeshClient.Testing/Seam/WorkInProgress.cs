namespace MeshClient.Testing.Seam;

/// <summary>Real work that a clock cannot see and must not overtake, and what of it may be waiting for that clock.</summary>
internal sealed class WorkInProgress
{
    private readonly Lock _gate = new();
    private readonly List<Work> _works = [];
    private readonly List<long> _endless = [];
    private long _moment;

    /// <summary>A number that grows: what has a greater one began later.</summary>
    public long NextMoment() => Interlocked.Increment(ref _moment);

    /// <summary>Begins a work; disposing of what is returned ends it.</summary>
    /// <param name="name">What it is, for an error.</param>
    public IDisposable Begin(object name)
    {
        var work = new Work(this, name, NextMoment());
        lock (_gate)
            _works.Add(work);
        return work;
    }

    /// <summary>Begins a wait by the clock that has no timer, since it has no end; disposing of what is returned ends it.</summary>
    public IDisposable BeginEndlessWait() => new Wait(this, NextMoment());

    /// <summary>What there is.</summary>
    /// <param name="latestTimer">The moment at which the latest wait by a timer began.</param>
    public State Look(long latestTimer)
    {
        lock (_gate)
        {
            if (_works.Count == 0)
                return State.None;
            var latestWait = _endless.Append(latestTimer).Max();
            return _works.All(work => work.Moment < latestWait) ? State.MayBeWaiting : State.AtWork;
        }
    }

    /// <summary>The works that do not wait for the clock, if one of them has gone on for longer than this of real time, since a point of it at the earliest.</summary>
    /// <returns>Their names; empty = none has.</returns>
    public string LongerThan(TimeSpan time, long since, long latestTimer)
    {
        lock (_gate)
        {
            var latestWait = _endless.Append(latestTimer).Max();
            var atWork = _works.Where(work => work.Moment > latestWait).ToArray();
            return atWork.Any(work => TimeProvider.System.GetElapsedTime(Math.Max(work.Began, since)) > time) ? string.Join(" and ", atWork.Select(work => work.Name)) : "";
        }
    }

    internal enum State
    {
        None,
        MayBeWaiting,
        AtWork,
    }

    private sealed class Work(WorkInProgress owner, object name, long moment) : IDisposable
    {
        public object Name => name;

        public long Moment => moment;

        public long Began { get; } = TimeProvider.System.GetTimestamp();

        public void Dispose()
        {
            lock (owner._gate)
                owner._works.Remove(this);
        }
    }

    private sealed class Wait : IDisposable
    {
        private readonly WorkInProgress _owner;
        private readonly long _moment;

        public Wait(WorkInProgress owner, long moment)
        {
            (_owner, _moment) = (owner, moment);
            lock (owner._gate)
                owner._endless.Add(moment);
        }

        public void Dispose()
        {
            lock (_owner._gate)
                _owner._endless.Remove(_moment);
        }
    }
}

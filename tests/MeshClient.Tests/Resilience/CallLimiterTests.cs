using MeshClient.Resilience;

namespace MeshClient.Tests.Resilience;

public sealed class CallLimiterTests
{
    private static readonly TimeSpan s_long = TimeSpan.FromHours(1);
    private readonly VirtualTime _time = new();
    private readonly List<string> _taken = [];

    [Fact]
    public async Task Those_who_wait_are_served_in_their_order()
    {
        var limiter = Limiter(1, queued: 10);
        await Enter(limiter, "0");
        var waiting = Enumerable.Range(1, 5).Select(i => Enter(limiter, $"{i}")).ToArray();
        Assert.Equal(5, limiter.Queued);
        foreach (var next in waiting)
        {
            limiter.Leave();
            Assert.Equal(Admission.Admitted, await next);
        }
        Assert.Equal(["0", "1", "2", "3", "4", "5"], _taken);
        Assert.Equal(0, limiter.Queued);
    }

    [Fact]
    public async Task A_place_that_is_given_back_is_taken_before_a_newcomer_comes()
    {
        var limiter = Limiter(1, queued: 10);
        await Enter(limiter, "first");
        var waiting = Enter(limiter, "waiting");
        limiter.Leave();
        // Its own thread need not have run yet.
        var newcomer = Enter(limiter, "newcomer");
        Assert.Equal(["first", "waiting"], _taken);
        Assert.False(newcomer.IsCompleted);
        limiter.Leave();
        await Task.WhenAll(waiting, newcomer);
    }

    [Fact]
    public async Task What_is_over_places_and_queue_is_refused_without_a_try()
    {
        var limiter = Limiter(2, queued: 1);
        await Enter(limiter, "a");
        await Enter(limiter, "b");
        var waiting = Enter(limiter, "c");
        Assert.Equal(Admission.Refused, await Enter(limiter, "d"));
        limiter.Leave();
        await waiting;
        Assert.Equal(["a", "b", "c"], _taken);
    }

    [Fact]
    public async Task Without_a_queue_one_is_refused_when_there_is_nothing_to_take()
    {
        var limiter = Limiter(5, queued: 0);
        Assert.Equal(Admission.Refused, await limiter.EnterAsync(() => false, isChoosy: false, s_long, _time, default));
        Assert.Equal(Admission.Admitted, await Enter(limiter, "a"));
    }

    [Fact]
    public async Task One_whose_time_is_up_leaves_the_queue()
    {
        var limiter = Limiter(1, queued: 2);
        await Enter(limiter, "a");
        var brief = Enter(limiter, "brief", TimeSpan.FromSeconds(2));
        var patient = Enter(limiter, "patient");
        _time.Advance(TimeSpan.FromMilliseconds(1_999));
        Assert.False(brief.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(Admission.TimedOut, await brief);
        Assert.Equal(1, limiter.Queued);
        limiter.Leave();
        Assert.Equal(Admission.Admitted, await patient);
        Assert.Equal(["a", "patient"], _taken);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(-10_000)]
    public async Task One_without_time_takes_a_place_that_is_free_and_waits_for_none(int ticks)
    {
        var limiter = Limiter(1, queued: 2);
        Assert.Equal(Admission.Admitted, await Enter(limiter, "a", TimeSpan.FromTicks(ticks)));
        Assert.Equal(Admission.TimedOut, await Enter(limiter, "b", TimeSpan.FromTicks(ticks)));
        Assert.Equal(0, limiter.Queued);
    }

    [Fact]
    public async Task One_that_is_cancelled_in_the_queue_leaves_it()
    {
        var limiter = Limiter(1, queued: 2);
        using var caller = new CancellationTokenSource();
        await Enter(limiter, "a");
        var cancelled = Enter(limiter, "cancelled", caller: caller.Token);
        var next = Enter(limiter, "next");
        await caller.CancelAsync();
        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        Assert.Equal(caller.Token, error.CancellationToken);
        Assert.Equal(1, limiter.Queued);
        limiter.Leave();
        await next;
        Assert.Equal(["a", "next"], _taken);
    }

    [Fact]
    public async Task One_that_is_cancelled_or_out_of_time_in_the_moment_it_is_served_has_its_place()
    {
        var limiter = Limiter(2, queued: 2);
        using var caller = new CancellationTokenSource();
        await Enter(limiter, "a");
        await Enter(limiter, "b");
        // What is taken for it must be given back by it, so it has to know of it. Both ends come while the limiter has its turn.
        var cancelled = limiter.EnterAsync(() => Take("c", CancelMeanwhile), isChoosy: false, s_long, _time, caller.Token).AsTask();
        var late = limiter.EnterAsync(() => Take("d", AdvanceMeanwhile), isChoosy: false, s_long, _time, default).AsTask();
        limiter.Leave();
        limiter.Leave();
        Assert.Equal(Admission.Admitted, await cancelled);
        Assert.Equal(Admission.Admitted, await late);
        var next = Enter(limiter, "next");
        Assert.False(next.IsCompleted);
        limiter.Leave();
        Assert.Equal(Admission.Admitted, await next);

        void CancelMeanwhile()
        {
            _ = Task.Run(caller.Cancel);
            SpinWait.SpinUntil(() => caller.IsCancellationRequested);
        }

        void AdvanceMeanwhile()
        {
            var end = _time.GetUtcNow() + s_long;
            _ = Task.Run(() => _time.Advance(s_long));
            SpinWait.SpinUntil(() => _time.GetUtcNow() >= end);
        }
    }

    [Fact]
    public async Task What_take_throws_reaches_its_own_caller_and_the_next_is_served()
    {
        var limiter = Limiter(1, queued: 5);
        await Assert.ThrowsAsync<InvalidOperationException>(() => Throws(limiter));
        await Enter(limiter, "a");
        var (bad, next) = (Throws(limiter), Enter(limiter, "next"));
        limiter.Leave();
        Assert.Equal("no endpoint", (await Assert.ThrowsAsync<InvalidOperationException>(() => bad)).Message);
        Assert.Equal(Admission.Admitted, await next);
        // No place was lost, and none gained.
        var last = Enter(limiter, "last");
        Assert.False(last.IsCompleted);
        limiter.Leave();
        await last;

        Task Throws(CallLimiter on) =>
            on.EnterAsync(() => throw new InvalidOperationException("no endpoint"), isChoosy: false, s_long, _time, default).AsTask();
    }

    [Fact]
    public async Task Even_a_timeout_that_take_throws_is_passed_on_as_what_it_is()
    {
        var limiter = Limiter(1, queued: 5);
        await Enter(limiter, "a");
        var bad = limiter.EnterAsync(() => throw new TimeoutException("from take"), isChoosy: false, s_long, _time, default).AsTask();
        limiter.Leave();
        Assert.Equal("from take", (await Assert.ThrowsAsync<TimeoutException>(() => bad)).Message);
    }

    [Fact]
    public async Task Raised_limits_serve_those_who_wait_and_lowered_ones_take_no_place_away()
    {
        var limiter = Limiter(1, queued: 5);
        await Enter(limiter, "a");
        var waiting = Enumerable.Range(0, 4).Select(i => Enter(limiter, $"{i}")).ToArray();
        limiter.Update(new LimitOptions { MaxConcurrent = 3, MaxQueued = 5 });
        await Task.WhenAll(waiting[..2]);
        Assert.Equal(2, limiter.Queued);
        limiter.Update(new LimitOptions { MaxConcurrent = 1, MaxQueued = 5 });
        limiter.Leave();
        limiter.Leave();
        Assert.Equal(2, limiter.Queued);
        limiter.Leave();
        await waiting[2];
        limiter.Update(new LimitOptions());
        await waiting[3];
        Assert.Equal(["a", "0", "1", "2", "3"], _taken);
    }

    [Fact]
    public async Task When_the_endpoints_change_as_many_are_served_as_find_room()
    {
        var limiter = Limiter(null, queued: 5);
        var room = 0;
        var waiting = Enumerable.Range(0, 3)
            .Select(i => limiter.EnterAsync(() => room > 0 && Take($"{i}", () => room--), isChoosy: false, s_long, _time, default).AsTask()).ToArray();
        limiter.Wake();
        Assert.Empty(_taken);
        room = 2;
        limiter.Wake();
        await Task.WhenAll(waiting[..2]);
        Assert.Equal(["0", "1"], _taken);
        Assert.Equal(1, limiter.Queued);
    }

    [Fact]
    public async Task One_that_waits_for_a_certain_endpoint_lets_others_go_before_it_and_keeps_its_turn()
    {
        var limiter = Limiter(2, queued: 5);
        var isFull = true;
        await Enter(limiter, "a");
        await Enter(limiter, "b");
        var choosy = limiter.EnterAsync(() => !isFull && Take("choosy"), isChoosy: true, s_long, _time, default).AsTask();
        var waiting = Enter(limiter, "c");
        limiter.Leave();
        Assert.Equal(Admission.Admitted, await waiting);
        limiter.Leave();
        Assert.Equal(Admission.Admitted, await Enter(limiter, "d"));
        var last = Enter(limiter, "e");
        isFull = false;
        limiter.Leave();
        Assert.Equal(Admission.Admitted, await choosy);
        Assert.False(last.IsCompleted);
        limiter.Leave();
        await last;
        Assert.Equal(["a", "b", "c", "d", "choosy", "e"], _taken);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Under_a_random_interleaving_no_place_is_lost_and_none_is_given_twice(ulong seed)
    {
        const int Places = 7;
        var limiter = Limiter(Places, queued: 40);
        int running = 0, most = 0, admitted = 0, ended = 0;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(async () =>
        {
            var random = new Random((int)seed * 100 + worker);
            for (var i = 0; i < 500; i++)
            {
                // Of eight at a time by each worker some give up, some throw, some are choosy.
                await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => OneAsync(random.Next(100))));
            }
        })));
        Assert.Equal(8 * 500 * 8, ended);
        Assert.InRange(most, 2, Places);
        Assert.True(admitted > 8 * 500);
        Assert.Equal(0, limiter.Queued);
        for (var i = 0; i < Places; i++)
            Assert.Equal(Admission.Admitted, await Enter(limiter, $"{i}"));
        Assert.False(Enter(limiter, "over").IsCompleted);

        async Task OneAsync(int draw)
        {
            using var caller = new CancellationTokenSource();
            var entering = limiter.EnterAsync(() => Begin(draw), isChoosy: draw % 5 == 0, draw < 10 ? TimeSpan.Zero : s_long, _time, caller.Token);
            if (draw is >= 10 and < 30)
                await caller.CancelAsync();
            try
            {
                if (await entering == Admission.Admitted)
                {
                    Interlocked.Increment(ref admitted);
                    if (draw % 2 == 0)
                        await Task.Yield();
                    Interlocked.Decrement(ref running);
                    limiter.Leave();
                }
            }
            catch (Exception error) when (error is OperationCanceledException or InvalidOperationException)
            {
            }
            Interlocked.Increment(ref ended);
        }

        bool Begin(int draw)
        {
            if (draw is >= 30 and < 35)
                throw new InvalidOperationException();
            var now = Interlocked.Increment(ref running);
            most = Math.Max(most, now);
            return true;
        }
    }

    private static CallLimiter Limiter(int? places, int queued) => new(new LimitOptions { MaxConcurrent = places, MaxQueued = queued });

    private Task<Admission> Enter(CallLimiter limiter, string name, TimeSpan? limit = null, CancellationToken caller = default) =>
        limiter.EnterAsync(() => Take(name), isChoosy: false, limit ?? s_long, _time, caller).AsTask();

    private bool Take(string name, Action? then = null)
    {
        _taken.Add(name);
        then?.Invoke();
        return true;
    }
}

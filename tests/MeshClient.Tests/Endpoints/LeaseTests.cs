using MeshClient.Endpoints;
using MeshClient.Measures;
using MeshClient.Tests.Doubles;

namespace MeshClient.Tests.Endpoints;

public sealed class LeaseTests
{
    private static readonly TimeSpan s_start = TimeSpan.FromHours(1);
    private readonly EndpointState _endpoint = new(Make.Endpoint(0));

    [Fact]
    public void A_call_is_in_flight_until_the_end_of_its_body_and_its_latency_ends_at_the_headers()
    {
        var lease = Lease.Begin(_endpoint, s_start);
        lease.Headers(Outcome.Success, s_start.Add(TimeSpan.FromMilliseconds(20)));
        Assert.Equal(1, _endpoint.InFlight);
        Assert.Equal(1, _endpoint.Latency.Samples);
        var end = s_start.Add(TimeSpan.FromSeconds(5));
        Assert.Equal(Outcome.Success, lease.Complete(Outcome.Success, end));
        Assert.Equal(0, _endpoint.InFlight);
        Assert.Equal(1, _endpoint.Latency.Samples);
        Assert.Equal(20, _endpoint.Latency.Milliseconds(s_start), 0.01);
        Assert.Equal(new OutcomeCounts(1, 0), _endpoint.Window.Read(end));
    }

    [Fact]
    public void A_second_completion_changes_nothing()
    {
        var lease = Lease.Begin(_endpoint, s_start);
        lease.Complete(Outcome.Success, s_start);
        Assert.Null(lease.Complete(Outcome.ServerError, s_start));
        lease.Headers(Outcome.ServerError, s_start);
        Assert.Equal(0, _endpoint.InFlight);
        Assert.True(_endpoint.Penalty.IsZero);
        Assert.Equal(new OutcomeCounts(1, 0), _endpoint.Window.Read(s_start));
    }

    [Fact]
    public async Task Of_many_threads_that_complete_a_lease_one_does()
    {
        const int Calls = 2_000;
        var completed = 0;
        for (var call = 0; call < Calls; call++)
        {
            var owner = new Owner { Lease = Lease.Begin(_endpoint, s_start) };
            await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(() =>
            {
                if (owner.Lease.Complete(Outcome.Success, s_start) is not null)
                    Interlocked.Increment(ref completed);
            })));
        }
        Assert.Equal(Calls, completed);
        Assert.Equal(0, _endpoint.InFlight);
        Assert.Equal(new OutcomeCounts(Calls, 0), _endpoint.Window.Read(s_start));
    }

    [Fact]
    public void A_failure_is_penalised_once_and_at_the_headers()
    {
        var lease = Lease.Begin(_endpoint, s_start);
        lease.Headers(Outcome.GatewayFailure, s_start);
        Assert.Equal(10, _endpoint.Penalty.Read(s_start), 0.001);
        lease.Complete(Outcome.GatewayFailure, s_start);
        Assert.Equal(10, _endpoint.Penalty.Read(s_start), 0.001);
        Assert.Equal(1, _endpoint.Runs.GatewayFailures);
    }

    [Fact]
    public void A_body_that_breaks_off_is_a_failure_though_its_headers_were_good()
    {
        var lease = Lease.Begin(_endpoint, s_start);
        lease.Headers(Outcome.Success, s_start);
        lease.Complete(Outcome.TransportFailure, s_start);
        Assert.Equal(10, _endpoint.Penalty.Read(s_start), 0.001);
        Assert.Equal(new OutcomeCounts(0, 1), _endpoint.Window.Read(s_start));
    }

    [Fact]
    public void A_caller_that_gives_up_before_the_headers_blames_nobody()
    {
        Assert.Equal(Outcome.Cancelled, Lease.Begin(_endpoint, s_start).Complete(Outcome.Cancelled, s_start));
        Assert.True(_endpoint.Penalty.IsZero);
        Assert.Equal(default, _endpoint.Window.Read(s_start));
        var lease = Lease.Begin(_endpoint, s_start);
        lease.Headers(Outcome.Success, s_start);
        Assert.Equal(Outcome.Success, lease.Complete(Outcome.Cancelled, s_start));
    }

    [Fact]
    public void Too_many_requests_is_load_and_no_failure()
    {
        Lease.Begin(_endpoint, s_start).Complete(Outcome.Overloaded, s_start);
        Assert.False(_endpoint.Penalty.IsZero);
        Assert.Equal(0, _endpoint.Runs.Errors);
        Assert.Equal(default, _endpoint.Window.Read(s_start));
    }

    [Fact]
    public void Runs_follow_the_kind_of_failure()
    {
        Make.Fails(_endpoint, Outcome.ConnectFailure, s_start, 2);
        Assert.Equal((2, 2, 2), (_endpoint.Runs.Errors, _endpoint.Runs.GatewayFailures, _endpoint.Runs.ConnectFailures));
        Make.Fails(_endpoint, Outcome.Timeout, s_start);
        Assert.Equal((3, 3, 0), (_endpoint.Runs.Errors, _endpoint.Runs.GatewayFailures, _endpoint.Runs.ConnectFailures));
        Make.Fails(_endpoint, Outcome.ServerError, s_start);
        Assert.Equal((4, 0, 0), (_endpoint.Runs.Errors, _endpoint.Runs.GatewayFailures, _endpoint.Runs.ConnectFailures));
        Lease.Begin(_endpoint, s_start).Complete(Outcome.ClientError, s_start);
        Assert.Equal((0, 1), (_endpoint.Runs.Errors, _endpoint.Runs.Successes));
    }

    private sealed class Owner
    {
        public Lease Lease;
    }
}

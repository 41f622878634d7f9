using System.Diagnostics;
using System.Net;
using System.Runtime.CompilerServices;
using MeshClient.Balancing;
using MeshClient.Tests.Doubles;

namespace MeshClient.Tests.Http;

/// <summary>An attempt's lease and place end whatever goes wrong around it: with code of the application's, and with answers that nobody takes.</summary>
public sealed class LeaseEndTests : IDisposable
{
    private readonly MeshHarness _mesh = new(o => o.Limits.MaxConcurrent = 1);
    private readonly MeshHarness _plain = new();

    public LeaseEndTests()
    {
        _mesh.Catalogs("a1");
        _plain.Catalogs("a1");
    }

    public void Dispose()
    {
        _mesh.Dispose();
        _plain.Dispose();
    }

    [Fact]
    public async Task A_propagator_that_throws_costs_its_call_and_no_other()
    {
        using var source = new ActivitySource("test");
        var before = DistributedContextPropagator.Current;
        foreach (var mesh in new[] { _mesh, _plain })
        {
            using var activity = new Activity("outer").Start();
            DistributedContextPropagator.Current = new Throwing(activity);
            try
            {
                Assert.Contains("propagator", (await Assert.ThrowsAnyAsync<Exception>(() => mesh.GetAsync())).ToString(), StringComparison.Ordinal);
            }
            finally
            {
                DistributedContextPropagator.Current = before;
            }
            activity.Stop();
            Assert.Equal(0, mesh.Catalog.State.Available[0].InFlight);
            Assert.Equal(HttpStatusCode.OK, (await mesh.GetAsync()).StatusCode);
        }
    }

    [Fact]
    public async Task A_picker_that_cannot_be_built_keeps_no_place()
    {
        var fails = false;
        using var mesh = new MeshHarness(
            o =>
            {
                o.Limits.MaxConcurrent = 1;
                o.OutlierDetection.ConsecutiveGatewayFailures = 1;
                o.Retry.MaxAttempts = 1;
            },
            context => fails ? throw new InvalidOperationException("picker") : new First(context));
        mesh.Catalogs("a1", "a2");
        mesh.Transports.Answers(_ =>
        {
            fails = true;
            return new HttpResponseMessage(HttpStatusCode.BadGateway);
        });
        await Assert.ThrowsAnyAsync<Exception>(() => mesh.GetAsync());
        fails = false;
        mesh.Transports.Answers(_ => new HttpResponseMessage());
        Assert.Equal(HttpStatusCode.OK, (await mesh.GetAsync()).StatusCode);
    }

    [Fact]
    public async Task A_transport_that_answers_nothing_is_an_error_and_no_leak()
    {
        foreach (var mesh in new[] { _mesh, _plain })
        {
            mesh.Transports.Answer = (_, _, _) => Task.FromResult<HttpResponseMessage>(null!);
            await Assert.ThrowsAnyAsync<Exception>(() => mesh.GetAsync());
            Assert.Equal(0, mesh.Catalog.State.Available[0].InFlight);
        }
    }

    [Fact]
    public async Task An_answer_that_nobody_takes_is_given_up_when_it_is_collected()
    {
        _mesh.Transports.Answers(_ => new HttpResponseMessage { Content = new StringContent("body") });
        await AbandonAsync();
        await Eventually.True(() =>
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            return _mesh.Catalog.State.Available[0].InFlight == 0;
        });
        Assert.Equal(HttpStatusCode.OK, (await _mesh.GetAsync()).StatusCode);
    }

    [Fact]
    public async Task Content_that_a_handler_has_replaced_is_given_up_when_it_is_collected()
    {
        _mesh.Transports.Answers(_ => new HttpResponseMessage { Content = new StringContent("body") });
        await ReplaceAsync();
        await Eventually.True(() =>
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            return _mesh.Catalog.State.Available[0].InFlight == 0;
        });
    }

    [Fact]
    public async Task A_reader_who_cannot_take_the_body_does_not_blame_the_endpoint()
    {
        _plain.Transports.Answers(_ => new HttpResponseMessage { Content = new StringContent("body") });
        for (var i = 0; i < 10; i++)
        {
            using var response = await _plain.Client.GetAsync("http://catalog/x", HttpCompletionOption.ResponseHeadersRead);
            await Assert.ThrowsAnyAsync<Exception>(() => response.Content.CopyToAsync(new FullStream()));
        }
        var endpoint = Assert.Single(_plain.Catalog.State.Available);
        Assert.Equal((0, 0), (endpoint.InFlight, endpoint.Runs.Errors));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private async Task AbandonAsync() => await _mesh.Client.GetAsync("http://catalog/x", HttpCompletionOption.ResponseHeadersRead);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private async Task ReplaceAsync()
    {
        using var response = await _mesh.Client.GetAsync("http://catalog/x", HttpCompletionOption.ResponseHeadersRead);
        response.Content = new StringContent("other");
    }

    private sealed class First(PickerContext context) : IPicker
    {
        public MeshClient.Endpoints.EndpointState? Pick(in PickContext pick) => context.Endpoints.FirstOrDefault();
    }

    private sealed class Throwing(Activity only) : DistributedContextPropagator
    {
        private readonly DistributedContextPropagator _other = CreateDefaultPropagator();

        public override IReadOnlyCollection<string> Fields => [];

        // Tests that run beside this one trace as ever.
        public override void Inject(Activity? activity, object? carrier, PropagatorSetterCallback? setter)
        {
            if (activity == only)
                throw new InvalidOperationException("propagator");
            _other.Inject(activity, carrier, setter);
        }

        public override IEnumerable<KeyValuePair<string, string?>>? ExtractBaggage(object? carrier, PropagatorGetterCallback? getter) => null;

        public override void ExtractTraceIdAndState(object? carrier, PropagatorGetterCallback? getter, out string? traceId, out string? traceState) =>
            (traceId, traceState) = (null, null);
    }

    private sealed class FullStream : MemoryStream
    {
        public override void Write(byte[] buffer, int offset, int count) => throw new IOException("full");

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => throw new IOException("full");

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => throw new IOException("full");
    }
}

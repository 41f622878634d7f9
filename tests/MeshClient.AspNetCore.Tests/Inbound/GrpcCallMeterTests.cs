using System.Diagnostics.Metrics;
using MeshClient.AspNetCore.Inbound;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace MeshClient.AspNetCore.Tests.Inbound;

/// <summary>The status by which a call is measured.</summary>
public sealed class GrpcCallMeterTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly MeterListener _listener = new();
    private readonly GrpcCallMetrics _metrics;
    private readonly List<string?> _statuses = [];

    public GrpcCallMeterTests()
    {
        var meters = _services.GetRequiredService<IMeterFactory>();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, meters) && instrument.Name == "rpc.server.call.duration")
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<double>((_, _, tags, _) => _statuses.Add(tags.ToArray().Single(t => t.Key == "rpc.response.status_code").Value as string));
        _listener.Start();
        _metrics = new GrpcCallMetrics(meters);
    }

    public void Dispose()
    {
        _listener.Dispose();
        _services.Dispose();
    }

    [Theory]
    [InlineData(200, "UNKNOWN")]
    [InlineData(302, "UNKNOWN")]
    [InlineData(400, "INTERNAL")]
    [InlineData(401, "UNAUTHENTICATED")]
    [InlineData(403, "PERMISSION_DENIED")]
    [InlineData(404, "UNIMPLEMENTED")]
    [InlineData(405, "UNKNOWN")]
    [InlineData(429, "UNAVAILABLE")]
    [InlineData(500, "UNKNOWN")]
    [InlineData(502, "UNAVAILABLE")]
    [InlineData(503, "UNAVAILABLE")]
    [InlineData(504, "UNAVAILABLE")]
    public async Task An_answer_without_a_status_has_the_one_that_clients_make_of_it(int http, string status)
    {
        await RunAsync(Call(), context =>
        {
            context.Response.StatusCode = http;
            return Task.CompletedTask;
        });
        Assert.Equal([status], _statuses);
    }

    [Theory]
    [InlineData(null, 60, "CANCELLED")]
    [InlineData("100m", 79, "CANCELLED")]
    [InlineData("100m", 80, "DEADLINE_EXCEEDED")]
    [InlineData("100m", 100, "DEADLINE_EXCEEDED")]
    [InlineData("100m", 300, "DEADLINE_EXCEEDED")]
    public async Task A_call_whose_caller_has_gone_at_its_deadline_has_met_it(string? deadline, int after, string status)
    {
        // What gRPC's server makes of a handler that is cancelled, and what others do.
        foreach (var throws in (bool[])[false, true])
        {
            using var caller = new CancellationTokenSource();
            var context = Call();
            context.RequestAborted = caller.Token;
            context.Request.Headers["grpc-timeout"] = deadline;
            var end = await Record.ExceptionAsync(() => RunAsync(context, _ =>
            {
                _time.Advance(TimeSpan.FromMilliseconds(after));
                caller.Cancel();
                if (throws)
                    throw new OperationCanceledException(caller.Token);
                context.Response.Headers["grpc-status"] = "2";
                return Task.CompletedTask;
            }));
            Assert.Equal(throws, end is OperationCanceledException);
        }
        Assert.Equal([status, status], _statuses);
    }

    [Theory]
    [InlineData("0", 90, false, "OK")]
    [InlineData("0", 50, true, "OK")]
    [InlineData("5", 50, true, "NOT_FOUND")]
    // Nobody has seen it.
    [InlineData("0", 90, true, "DEADLINE_EXCEEDED")]
    public async Task What_was_answered_in_time_keeps_its_status(string answer, int after, bool isGone, string status)
    {
        var context = Call();
        context.RequestAborted = new CancellationToken(isGone);
        context.Request.Headers["grpc-timeout"] = "100m";
        await RunAsync(context, _ =>
        {
            _time.Advance(TimeSpan.FromMilliseconds(after));
            context.Response.Headers["grpc-status"] = answer;
            return Task.CompletedTask;
        });
        Assert.Equal([status], _statuses);
    }

    [Fact]
    public async Task A_deadline_that_has_passed_on_arrival_is_told()
    {
        var context = Call();
        context.Request.Headers["grpc-timeout"] = "0m";
        await RunAsync(context, _ => throw new InvalidOperationException());
        Assert.Equal(["DEADLINE_EXCEEDED"], _statuses);
    }

    private static DefaultHttpContext Call() => new() { Request = { ContentType = "application/grpc", Path = "/shop.Pricing/GetPrice" } };

    // As InboundFilter has it.
    private Task RunAsync(HttpContext context, RequestDelegate handler)
    {
        var inbound = new InboundMiddleware(handler, new InboundRequests(_time), _time, NullLogger<InboundMiddleware>.Instance);
        return new GrpcCallMeter(inbound.InvokeAsync, _metrics, _time).InvokeAsync(context);
    }
}

using System.Diagnostics.Metrics;
using MeshClient.AspNetCore.Inbound;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
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

    private static DefaultHttpContext Call() => new() { Request = { ContentType = "application/grpc", Path = "/shop.Pricing/GetPrice" } };

    private Task RunAsync(HttpContext context, RequestDelegate handler) => new GrpcCallMeter(handler, _metrics, _time).InvokeAsync(context);
}

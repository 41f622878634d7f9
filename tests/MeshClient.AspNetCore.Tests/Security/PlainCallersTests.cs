using System.Diagnostics.Metrics;
using System.Net;
using MeshClient.AspNetCore.Security;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace MeshClient.AspNetCore.Tests.Security;

public sealed class PlainCallersTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly MeterListener _listener = new();
    private readonly List<string?> _counted = [];
    private readonly InboundMetrics _metrics;

    public PlainCallersTests()
    {
        var meters = _services.GetRequiredService<IMeterFactory>();
        _listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Name == "mesh.inbound.plain_requests" && instrument.Meter.Scope == meters)
                self.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((_, _, tags, _) => _counted.Add(tags[0].Value as string));
        _metrics = new InboundMetrics(meters, _time);
        _listener.Start();
    }

    public void Dispose()
    {
        _listener.Dispose();
        _services.Dispose();
    }

    [Fact]
    public void Callers_beyond_the_most_are_one_until_others_have_gone()
    {
        for (var i = 0; i < InboundMetrics.MostAddresses; i++)
            Call(i);
        Assert.Equal(InboundMetrics.MostAddresses, _counted.Distinct().Count());
        Assert.Equal("other", Call(1000));
        Assert.Equal("unknown", Count(null));

        _time.Advance(InboundMetrics.Idle - TimeSpan.FromSeconds(1));
        Assert.Equal("10.0.0.7", Call(7));
        Assert.Equal("other", Call(1000));
        _time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal("10.0.3.232", Call(1000));
        Assert.Equal("10.0.0.7", Call(7));
        for (var i = 2000; i < 2000 + InboundMetrics.MostAddresses - 2; i++)
            Assert.NotEqual("other", Call(i));
        Assert.Equal("other", Call(3000));
    }

    private string? Call(int number) => Count(new IPAddress([10, 0, (byte)(number >> 8), (byte)number]));

    private string? Count(IPAddress? address)
    {
        _metrics.PlainRequest(address);
        return _counted[^1];
    }
}

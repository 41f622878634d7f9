using System.Diagnostics.Metrics;
using System.Net;
using MeshClient.AspNetCore.Security;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace MeshClient.AspNetCore.Tests.Security;

public sealed class RefusalsTests
{
    [Fact]
    public void Whoever_fills_the_log_with_one_kind_from_many_addresses_hides_no_other_kind()
    {
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var (time, log) = (new FakeTimeProvider(), new Log());
        var refusals = new Refusals(new InboundMetrics(services.GetRequiredService<IMeterFactory>(), time), time, log);
        for (var i = 0; i < 3000; i++)
            refusals.Refuse(From(i), InboundMetrics.Timeout, "It stalls.");
        Assert.Equal(1001, log.Lines.Count);

        refusals.Refuse(From(5000), InboundMetrics.Failed, "It fails.");
        Assert.EndsWith("It fails.", log.Lines[^1], StringComparison.Ordinal);
        refusals.Refuse(From(5000), InboundMetrics.Failed, "It fails again.");
        Assert.Equal(1002, log.Lines.Count);
    }

    private static DefaultConnectionContext From(int number) => new("id")
    {
        RemoteEndPoint = new IPEndPoint(new IPAddress([10, 1, (byte)(number >> 8), (byte)number]), 1),
    };

    private sealed class Log : ILogger<ConnectionGate>
    {
        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Add(formatter(state, exception));
    }
}

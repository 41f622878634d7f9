using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace MeshClient.Tests.Doubles;

/// <summary>Keeps what is logged under any category, from a level on.</summary>
internal sealed class TestLoggers : ILoggerFactory
{
    public LogLevel Least { get; set; } = LogLevel.Debug;

    public ConcurrentQueue<(string Category, LogLevel Level, int Id, string Text)> Entries { get; } = new();

    /// <summary>Told of each event, after it is kept; what it throws is what the logger throws.</summary>
    public Action<int>? Told { get; set; }

    /// <summary>The texts of an event, in the order they came.</summary>
    public IEnumerable<string> Of(int id) => Entries.Where(e => e.Id == id).Select(e => e.Text);

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public void Dispose()
    {
    }

    private sealed class Logger(TestLoggers owner, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= owner.Least;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            owner.Entries.Enqueue((category, logLevel, eventId.Id, formatter(state, exception)));
            owner.Told?.Invoke(eventId.Id);
        }
    }
}

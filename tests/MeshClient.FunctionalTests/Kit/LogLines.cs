using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace MeshClient.FunctionalTests.Kit;

/// <summary>One line of the log.</summary>
internal sealed record LogLine(string Category, LogLevel Level, int Id, string Text);

/// <summary>Keeps what an application logs.</summary>
internal sealed class LogLines : ILoggerProvider
{
    public ConcurrentQueue<LogLine> All { get; } = new();

    public IEnumerable<LogLine> Of(int id) => All.Where(l => l.Id == id && l.Category.StartsWith("MeshClient", StringComparison.Ordinal));

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void Dispose()
    {
    }

    private sealed class Logger(LogLines lines, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.All.Enqueue(new LogLine(category, logLevel, eventId.Id, formatter(state, exception)));
    }
}

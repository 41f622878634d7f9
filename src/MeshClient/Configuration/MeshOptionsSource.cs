using MeshClient.Telemetry;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace MeshClient.Configuration;

/// <summary>The options in force. A reload that does not pass validation is refused and logged, and the old options stay.</summary>
[LogEvents(typeof(MeshOptionsSource), 1300, 1399)]
internal sealed partial class MeshOptionsSource : IDisposable
{
    private readonly Lock _turn = new();
    private readonly IOptionsFactory<MeshOptions> _factory;
    private readonly ILogger _logger;
    private readonly List<IDisposable> _subscriptions = [];
    private MeshOptions _current;

    /// <exception cref="OptionsValidationException">The options of the start are not valid.</exception>
    public MeshOptionsSource(
        IOptionsFactory<MeshOptions> factory, IEnumerable<IOptionsChangeTokenSource<MeshOptions>> tokens, ILogger<MeshOptionsSource> logger)
    {
        _factory = factory;
        _logger = logger;
        _current = factory.Create(Options.DefaultName);
        foreach (var token in tokens)
            _subscriptions.Add(ChangeToken.OnChange(token.GetChangeToken, Reload));
    }

    /// <summary>Called after the options have changed, one call at a time.</summary>
    public event Action<MeshOptions>? Changed;

    /// <summary>The options in force.</summary>
    public MeshOptions Current => Volatile.Read(ref _current);

    /// <summary>Says so when there is nothing to go by.</summary>
    public void WarnIfEmpty()
    {
        if (!Current.IsConfigured)
            LogEmpty(_logger);
    }

    public void Dispose() => _subscriptions.ForEach(s => s.Dispose());

    private void Reload()
    {
        lock (_turn)
        {
            try
            {
                Volatile.Write(ref _current, _factory.Create(Options.DefaultName));
                Changed?.Invoke(_current);
                LogReloaded(_logger);
            }
            catch (Exception error) when (error is OptionsValidationException or InvalidOperationException or ArgumentException or FormatException)
            {
                LogRefused(_logger, error.Message);
            }
        }
    }

    [LoggerMessage(1302, LogLevel.Warning,
        "AddMesh() was called, but the configuration has no Mesh section: every request passes through to its client's own handler. "
        + "Name the services you call under Mesh:Upstreams.", EventName = "OptionsMissing")]
    private static partial void LogEmpty(ILogger logger);

    [LoggerMessage(1300, LogLevel.Information, "The Mesh section has changed and is in force.", EventName = "OptionsReloaded")]
    private static partial void LogReloaded(ILogger logger);

    [LoggerMessage(1301, LogLevel.Error, "A change of the Mesh section is refused and the old settings stay in force: {Reason}",
        EventName = "OptionsRefused")]
    private static partial void LogRefused(ILogger logger, string reason);
}

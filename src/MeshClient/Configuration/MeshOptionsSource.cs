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
    private readonly MeshOptionsChanges _changes;
    private readonly SectionKeys _atStart;
    private MeshOptions _current;
    private string _pending = "";

    /// <exception cref="OptionsValidationException">The options of the start are not valid.</exception>
    public MeshOptionsSource(
        IOptionsFactory<MeshOptions> factory, MeshOptionsChanges changes, IEnumerable<IOptionsChangeTokenSource<MeshOptions>> tokens,
        ILogger<MeshOptionsSource> logger)
    {
        _factory = factory;
        _changes = changes;
        _logger = logger;
        _current = factory.Create(Options.DefaultName);
        _atStart = _current.Keys;
        _subscriptions.Add(ChangeToken.OnChange(changes.GetReloadToken, Reload));
        // Those that the application has added.
        foreach (var token in tokens.Where(t => t != changes))
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
            var before = _current;
            if (Read(before) is not { } next)
                return;
            Volatile.Write(ref _current, next);
            foreach (var reader in Delegate.EnumerateInvocationList(Changed))
                Tell(reader, next);
            Tell(_ => _changes.Accept(), next);
            LogChanges(next.Keys.ChangedSince(before.Keys).Where(key => !SectionKeys.IsReadAtStart(key)), next.Keys);
        }
    }

    /// <summary>Reads the options anew.</summary>
    /// <returns>Null when they are refused.</returns>
    private MeshOptions? Read(MeshOptions before)
    {
        try
        {
            var next = _factory.Create(Options.DefaultName);
            if (next.HasSection || !before.HasSection)
                return next;
            LogRefused(_logger, "the Mesh section is gone, as while a file is being replaced. To switch the mesh off, stop the program and take out AddMesh().");
        }
        catch (OptionsValidationException error)
        {
            LogRefused(_logger, string.Join(' ', error.Failures));
        }
        // Code of the application runs in there as well; this is called by whoever watches the files, who must not fall over it.
        catch (Exception error)
        {
            LogRefused(_logger, error.Message);
        }
        return null;
    }

    // One reader that fails must not keep the change from the others.
    private void Tell(Action<MeshOptions> reader, MeshOptions next)
    {
        try
        {
            reader(next);
        }
        catch (Exception error)
        {
            LogReaderFailed(_logger, error);
        }
    }

    private void LogChanges(IEnumerable<string> inForce, SectionKeys now)
    {
        if (string.Join(", ", inForce) is { Length: > 0 } keys)
            LogReloaded(_logger, keys);
        var pending = string.Join(", ", now.ChangedSince(_atStart).Where(SectionKeys.IsReadAtStart));
        if (pending.Length > 0 && pending != _pending)
            LogPending(_logger, pending);
        _pending = pending;
    }

    [LoggerMessage(1302, LogLevel.Warning,
        "AddMesh() was called, but the configuration has no Mesh section: every request passes through to its client's own handler. "
        + "Name the services you call under Mesh:Upstreams.", EventName = "OptionsMissing")]
    private static partial void LogEmpty(ILogger logger);

    [LoggerMessage(1300, LogLevel.Information, "The Mesh section has changed and is in force: {Keys}.", EventName = "OptionsReloaded")]
    private static partial void LogReloaded(ILogger logger, string keys);

    [LoggerMessage(1301, LogLevel.Error, "A change of the Mesh section is refused and the old settings stay in force: {Reason}",
        EventName = "OptionsRefused")]
    private static partial void LogRefused(ILogger logger, string reason);

    [LoggerMessage(1303, LogLevel.Warning,
        "Changed, but not in force: {Keys}. What is under Mesh:Consul, Mesh:Service, Mesh:Security, Mesh:Inbound and Mesh:Snapshot is read at the start of the program; restart it to "
        + "apply the change.",
        EventName = "OptionsPending")]
    private static partial void LogPending(ILogger logger, string keys);

    [LoggerMessage(1304, LogLevel.Error, "A part of the mesh could not take over the changed options and goes on as before.",
        EventName = "OptionsReaderFailed")]
    private static partial void LogReaderFailed(ILogger logger, Exception exception);
}

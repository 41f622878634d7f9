using MeshClient.Primitives;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace MeshClient.AspNetCore.Security;

/// <summary>Ends a connection at the moment that its caller's certificate expires, whatever still runs on it.</summary>
internal sealed class CertificateEnd : IDisposable
{
    // Timers take less than 50 days.
    private static readonly TimeSpan s_longest = TimeSpan.FromDays(1);

    private readonly ConnectionContext _connection;
    private readonly MeshConnection _caller;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ITimer _timer;

    public CertificateEnd(ConnectionContext connection, MeshConnection caller, TimeProvider time, ILogger logger)
    {
        _connection = connection;
        _caller = caller;
        _time = time;
        _logger = logger;
        _timer = time.CreateDetachedTimer(static state => ((CertificateEnd)state!).Look(), this);
        Look();
    }

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        var end = _caller.NotAfter!.Value;
        var left = end - _time.GetUtcNow();
        if (left > TimeSpan.Zero)
        {
            _timer.Change(left < s_longest ? left : s_longest, Timeout.InfiniteTimeSpan);
            return;
        }
        _logger.CallerExpired(_caller.Id, end.UtcDateTime);
        _connection.Abort(new ConnectionAbortedException("The caller's certificate has expired."));
    }
}

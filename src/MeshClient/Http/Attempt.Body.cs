using System.Net;
using MeshClient.Endpoints;
using MeshClient.Identity;
using MeshClient.Resilience;

namespace MeshClient.Http;

// The attempt as the content of its answer: the lease ends when the body has been read, fails, or is given up.
internal partial class Attempt
{
    private const int AtRest = 0, Reading = 1, Ended = 2;
    private HttpContent? _inner;
    private int _reading;
    private bool _isUpgraded;

    /// <summary>The longest silence of the body. An upgraded connection (101) is silent for as long as its two ends please.</summary>
    private protected virtual TimeSpan IdleTimeout => _isUpgraded ? Timeout.InfiniteTimeSpan : _cluster.Options.IdleTimeout;

    /// <summary>Begins a read of the body; false = the body has ended or is being read already, and the transport says what that means.</summary>
    public bool TryBeginRead()
    {
        if (Interlocked.CompareExchange(ref _reading, Reading, AtRest) != AtRest)
            return false;
        _scope.Arm(IdleTimeout);
        return true;
    }

    /// <summary>Ties the read under way to its caller.</summary>
    public CancellationTokenRegistration TieRead(CancellationToken caller) => _scope.Register(caller);

    /// <summary>The token of the read under way.</summary>
    public CancellationToken ReadToken => _scope.Token;

    /// <summary>The read has ended and the body has not.</summary>
    public void EndRead()
    {
        _scope.Disarm();
        Interlocked.CompareExchange(ref _reading, AtRest, Reading);
    }

    /// <summary>The read has found the end of the body.</summary>
    public void EndBody()
    {
        if (Interlocked.CompareExchange(ref _reading, Ended, Reading) == Reading)
            Complete(JudgeEnd(_outcome), tokenIsFree: true);
    }

    /// <summary>The read has failed.</summary>
    /// <returns>What its caller is told.</returns>
    public Exception FailRead(Exception error, CancellationToken caller)
    {
        var end = _scope.End;
        // Readers of a body expect an IOException.
        if (end == ScopeEnd.None && _cluster.Explain(Endpoint, error) is MeshIdentityException own)
            error = new IOException(own.Message, own);
        // A reader who cannot take the body (its own client is gone, its disk is full) gives it up: no fault of the endpoint.
        if (end == ScopeEnd.None && _scope.TargetFailed)
        {
            GiveUpBody();
            return error;
        }
        if (Interlocked.CompareExchange(ref _reading, Ended, Reading) == Reading)
        {
            Complete(JudgeBody(error, end), tokenIsFree: false);
        }
        return Explain(error, end, caller);
    }

    /// <summary>The stream of the body, for whoever counts what comes by it.</summary>
    private protected virtual Stream Watch(Stream body) => body;

    /// <summary>Whether an answer without a body has said all by its headers, and nothing comes behind.</summary>
    private protected virtual bool EndsWithHeaders(HttpResponseMessage response) => true;

    /// <summary>What the end of the body says of the endpoint.</summary>
    /// <param name="outcome">What its headers said.</param>
    private protected virtual Outcome JudgeEnd(Outcome outcome) => outcome;

    /// <summary>What it says of the endpoint that the body broke off.</summary>
    private protected virtual Outcome JudgeBody(Exception error, ScopeEnd end)
    {
        var outcome = FailureClassifier.Of(error, end);
        return outcome == Outcome.ConnectFailure ? Outcome.TransportFailure : outcome;
    }

    /// <summary>What the reader of a body that broke off is told.</summary>
    private protected virtual Exception Explain(Exception error, ScopeEnd end, CancellationToken caller) =>
        end switch
        {
            ScopeEnd.TimedOut => new IOException(
                $"{Upstream}: {Endpoint.Endpoint} sent nothing of the answer's body for {IdleTimeout.TotalSeconds:0.###} s (IdleTimeout).",
                new TimeoutException("The body stalled.", error)),
            ScopeEnd.Cancelled => new OperationCanceledException("The read of the answer's body was cancelled.", error, caller),
            _ => error,
        };

    /// <summary>Nobody wants the rest of the body. While a read is still under way, it holds the scope's token.</summary>
    public void GiveUpBody()
    {
        var was = Interlocked.Exchange(ref _reading, Ended);
        if (was != Ended)
            Complete(_outcome, tokenIsFree: was == AtRest);
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        if (!TryBeginRead())
            return _inner!.CopyToAsync(stream, context, cancellationToken);
        Task copying;
        try
        {
            copying = _inner!.CopyToAsync(_scope.Watch(stream, IdleTimeout), context, _scope.Token);
        }
        catch (Exception error)
        {
            return Task.FromException(FailRead(error, cancellationToken));
        }
        if (!copying.IsCompletedSuccessfully)
            return FinishCopyAsync(copying, cancellationToken);
        EndBody();
        return Task.CompletedTask;
    }

    protected override void SerializeToStream(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        using var body = CreateContentReadStream(cancellationToken);
        body.CopyTo(stream);
    }

    protected override Stream CreateContentReadStream(CancellationToken cancellationToken) =>
        new LeasedStream(Watch(_inner!.ReadAsStream(cancellationToken)), this);

    protected override Task<Stream> CreateContentReadStreamAsync() => CreateContentReadStreamAsync(CancellationToken.None);

    protected override async Task<Stream> CreateContentReadStreamAsync(CancellationToken cancellationToken) =>
        new LeasedStream(Watch(await _inner!.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false)), this);

    protected override bool TryComputeLength(out long length)
    {
        length = _inner?.Headers.ContentLength ?? 0;
        return _inner?.Headers.ContentLength is not null;
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (!disposing)
            return;
        _inner?.Dispose();
        GiveUpBody();
    }

    private void TakeOver(HttpResponseMessage response, bool hasNoBody)
    {
        _inner = response.Content;
        _isUpgraded = response.StatusCode == HttpStatusCode.SwitchingProtocols;
        foreach (var (name, values) in _inner.Headers.NonValidated)
        {
            if (values.Count != 1)
            {
                Headers.TryAddWithoutValidation(name, values);
                continue;
            }
            var value = values.ToString();
            hasNoBody |= value == "0" && name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase);
            Headers.TryAddWithoutValidation(name, value);
        }
        response.Content = this;
        if (!hasNoBody || !EndsWithHeaders(response))
            return;
        _reading = Ended;
        Complete(_outcome, tokenIsFree: true);
    }

    private async Task FinishCopyAsync(Task copying, CancellationToken caller)
    {
        var tie = TieRead(caller);
        try
        {
            await copying.ConfigureAwait(false);
        }
        catch (Exception error)
        {
            await tie.DisposeAsync().ConfigureAwait(false);
            throw FailRead(error, caller);
        }
        await tie.DisposeAsync().ConfigureAwait(false);
        EndBody();
    }
}

using MeshClient.Consul.Api;
using MeshClient.Identity;
using MeshClient.Primitives;
using Microsoft.Extensions.Logging;

namespace MeshClient.Consul.Registration;

/// <summary>
/// Keeps this instance registered from its start to its stop, through every absence of the agent. Where its check is a TTL, it reports critical, or a warning where
/// some callers are served, for as long as <see cref="Unfit"/> names a reason.
/// </summary>
internal sealed class ServiceRegistrar(
    AgentApi agent, InstanceClaims claims, ServiceOptions options, IAdvertisedAddress advertised, string hostName, TimeProvider time, IRandomSource random,
    ILogger<ServiceRegistrar> logger) : IDisposable
{
    /// <summary>How long a stop waits for the deregistration.</summary>
    public static readonly TimeSpan DeregisterLimit = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan VerifyInterval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(250);

    private readonly CancellationTokenSource _stop = new();
    private Task _loop = Task.CompletedTask;
    private ServiceRegistration? _sent;
    private string? _claimed;
    private int _failures;

    /// <summary>Why callers would be refused now, for the check's status and output; null = they are served. Default: always null.</summary>
    public Func<Unfitness?> Unfit { get; init; } = static () => null;

    /// <summary>Starts the loop and returns at once.</summary>
    public void Start() => _loop = Task.Run(RunAsync);

    /// <summary>Ends the loop and takes the instance out of the registry, within <see cref="DeregisterLimit"/>.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        if (_sent is { } sent)
        {
            _sent = null;
            using var limit = new CancellationTokenSource(DeregisterLimit, time);
            using var linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
            await DeregisterAsync(sent, linked.Token).ConfigureAwait(false);
        }
        Release();
    }

    public void Dispose()
    {
        Release();
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            if (await advertised.GetAsync(_stop.Token).ConfigureAwait(false) is not { } address)
            {
                logger.NoAddress(options.Name ?? "");
                return;
            }
            var body = RegistrationBody.Build(options, address, hostName);
            await ClaimAsync(body.ID).ConfigureAwait(false);
            await KeepAsync(body).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The stop was asked for.
        }
        catch (Exception exception)
        {
            logger.Stopped(exception, options.Name ?? "");
        }
    }

    // Waits for as long as another host of this process has the instance.
    private async Task ClaimAsync(string id)
    {
        if (!claims.TryTake(id))
        {
            logger.Claimed(options.Name ?? "", id);
            do
                await Task.Delay(VerifyInterval, time, _stop.Token).ConfigureAwait(false);
            while (!claims.TryTake(id));
        }
        _claimed = id;
    }

    private void Release()
    {
        if (_claimed is { } id)
            claims.Release(id);
        _claimed = null;
    }

    private async Task KeepAsync(ServiceRegistration body)
    {
        var period = body.Check?.TTL is null ? VerifyInterval : options.Check.Ttl / 3;
        var retry = new Backoff(FirstRetry, period);
        var registered = false;
        while (true)
        {
            TimeSpan rest;
            try
            {
                if (registered && !await IsKnownAsync(body).ConfigureAwait(false))
                {
                    logger.Forgotten(body.ID);
                    registered = false;
                }
                if (!registered)
                    await RegisterAsync(body).ConfigureAwait(false);
                registered = true;
                Succeeded(body.ID);
                rest = period;
            }
            catch (ConsulException exception)
            {
                rest = Failed(body.ID, exception, retry);
            }
            await Task.Delay(rest, time, _stop.Token).ConfigureAwait(false);
        }
    }

    private async Task RegisterAsync(ServiceRegistration body)
    {
        if (_sent is null)
            await WarnOfDuplicateAsync(body).ConfigureAwait(false);
        _sent = body;
        await agent.RegisterAsync(body, _stop.Token).ConfigureAwait(false);
        logger.Registered(body.ID, body.Address ?? "the agent's address", body.Port ?? 0);
        // A registration says that the check passes.
        if (Unfit() is not null && body.Check?.TTL is not null)
            await IsKnownAsync(body).ConfigureAwait(false);
    }

    private static CheckStatus StatusOf(Unfitness? unfit) => unfit switch
    {
        null => CheckStatus.Passing,
        { ForAll: true } => CheckStatus.Critical,
        _ => CheckStatus.Warning,
    };

    private async Task<bool> IsKnownAsync(ServiceRegistration body)
    {
        if (body.Check is { TTL: not null } check)
        {
            var unfit = Unfit();
            return await agent.UpdateCheckAsync(
                check.CheckID, body.Name, StatusOf(unfit), unfit?.Reason ?? "", _stop.Token).ConfigureAwait(false);
        }
        return await agent.ServiceAsync(body.ID, body.Name, _stop.Token).ConfigureAwait(false) is not null;
    }

    private async Task WarnOfDuplicateAsync(ServiceRegistration body)
    {
        try
        {
            if (await agent.ServiceAsync(body.ID, body.Name, _stop.Token).ConfigureAwait(false) is { } found
                && ((found.Address ?? "") != (body.Address ?? "") || (found.Port ?? 0) != (body.Port ?? 0))
                && await agent.IsPassingAsync(body.ID, body.Name, _stop.Token).ConfigureAwait(false))
            {
                logger.DuplicateId(body.ID, found.Address is { Length: > 0 } address ? address : "the agent's address", found.Port ?? 0);
            }
        }
        catch (ConsulException exception) when (exception.StatusCode is not null)
        {
            // The warning is worth a look, not the registration: a token may write a service without reading its health.
            logger.TroubleGoesOn(body.ID, exception.Message);
        }
    }

    private void Succeeded(string id)
    {
        if (_failures > 0)
            logger.Recovered(id);
        _failures = 0;
    }

    private TimeSpan Failed(string id, ConsulException exception, Backoff retry)
    {
        if (_failures++ == 0)
            logger.TroubleBegan(id, exception.Message);
        else
            logger.TroubleGoesOn(id, exception.Message);
        var wait = retry.EqualJitter(_failures, random.NextDouble());
        return exception.RetryAfter is { } asked && asked > wait ? TimeSpan.FromTicks(Math.Min(asked.Ticks, retry.Cap.Ticks)) : wait;
    }

    private async Task DeregisterAsync(ServiceRegistration sent, CancellationToken cancellationToken)
    {
        var trouble = "The agent did not answer in time.";
        for (var attempt = 1; !cancellationToken.IsCancellationRequested; attempt++)
        {
            try
            {
                await agent.DeregisterAsync(sent.ID, sent.Name, cancellationToken).ConfigureAwait(false);
                logger.Deregistered(sent.ID);
                return;
            }
            catch (ConsulException exception)
            {
                trouble = exception.Message;
            }
            catch (OperationCanceledException)
            {
                break;
            }
            var wait = new Backoff(FirstRetry, DeregisterLimit).EqualJitter(attempt, random.NextDouble());
            await Task.Delay(wait, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        logger.NotDeregistered(sent.ID, options.DeregisterCriticalServiceAfter, trouble);
    }
}

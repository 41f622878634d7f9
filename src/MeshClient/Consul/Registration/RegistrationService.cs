using Microsoft.Extensions.Hosting;

namespace MeshClient.Consul.Registration;

/// <summary>
/// Registers once the program has started and deregisters before anything stops: in <see cref="StoppingAsync"/> a server still takes calls, so
/// those of callers who have not heard yet are answered during the drain. In StopAsync it would be closed already.
/// </summary>
internal sealed class RegistrationService(ServiceRegistrar? registrar, ServiceOptions options, IDrain drain) : IHostedLifecycleService
{
    private ServiceRegistrar? _started;

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        if (registrar is not null && !string.IsNullOrEmpty(options.Name))
        {
            _started = registrar;
            registrar.Start();
        }
        return Task.CompletedTask;
    }

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        if (_started is null)
            return;
        drain.Begin();
        await _started.StopAsync(cancellationToken).ConfigureAwait(false);
        await drain.DrainAsync(options.Drain, cancellationToken).ConfigureAwait(false);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

/// <summary>In the container, it keeps the program from registering itself, whatever its options say: in a test host nobody could call it.</summary>
internal sealed class RegistrationIsOff;

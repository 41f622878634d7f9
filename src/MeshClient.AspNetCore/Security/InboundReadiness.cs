using MeshClient.Identity;
using MeshClient.Intentions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MeshClient.AspNetCore.Security;

/// <summary>Knows when callers would be served. An instance that refuses them is not to be found: it would do so fast, and draw their calls from the others.</summary>
internal sealed class InboundReadiness(MeshSecurity security, IServiceProvider services, ILogger<ConnectionGate> logger)
{
    /// <summary>Waits for the certificate and, unless they are only tried, the intentions; says once what is waited for.</summary>
    public async ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        if (security.Identity is not { } identity)
            return;
        await WaitAsync(identity.WaitUntilReadyAsync, "a certificate", () => identity.Trouble, cancellationToken).ConfigureAwait(false);
        if (security.DryRun)
            return;
        var intentions = services.GetRequiredService<IntentionKeeper>();
        await WaitAsync(intentions.WaitUntilReadyAsync, "the first reading of the intentions", () => intentions.Trouble, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask WaitAsync(Func<TimeSpan, CancellationToken, Task<bool>> wait, string what, Func<string?> trouble, CancellationToken cancellationToken)
    {
        if (await wait(TimeSpan.Zero, cancellationToken).ConfigureAwait(false))
            return;
        logger.RegistrationHeld(what, trouble() ?? "Its source has not answered yet.");
        await wait(Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(false);
    }
}

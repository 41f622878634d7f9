using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using MeshClient.Model;
using Microsoft.Extensions.Logging;

namespace MeshClient.Discovery;

/// <summary>Serves the endpoints that are written in the configuration, live across reloads.</summary>
/// <remarks>A service is keyed as <see cref="ServiceName.ToString"/> writes it, without regard to case, like every configuration key.</remarks>
internal sealed class ConfigurationRegistry(ILogger<ConfigurationRegistry> logger) : IServiceRegistry
{
    private readonly Lock _lock = new();
    private volatile Published _published = new(FrozenDictionary<string, ImmutableArray<Endpoint>>.Empty);

    /// <summary>What is wrong with the options, one sentence each; empty = nothing.</summary>
    public static IReadOnlyList<string> Validate(IEnumerable<KeyValuePair<string, ServiceEndpointsOptions>> services)
    {
        var errors = new List<string>();
        Build(services, errors);
        return errors;
    }

    /// <summary>Takes the options in place of those before. Options that cannot be used are logged and change nothing.</summary>
    /// <returns>Whether they were taken.</returns>
    public bool Update(IEnumerable<KeyValuePair<string, ServiceEndpointsOptions>> services)
    {
        var errors = new List<string>();
        var next = Build(services, errors);
        if (errors.Count > 0)
        {
            logger.ConfiguredEndpointsRefused(string.Join(' ', errors));
            return false;
        }
        Published before;
        lock (_lock)
        {
            before = _published;
            _published = new Published(next);
        }
        before.Replaced.SetResult();
        return true;
    }

    /// <summary>Whether the configuration has endpoints for the service now.</summary>
    public bool Has(ServiceName service) => _published.Services.ContainsKey(service.ToString());

    /// <summary>Returns once <see cref="Has"/> answers <paramref name="present"/>.</summary>
    public async Task WaitUntilAsync(ServiceName service, bool present, CancellationToken cancellationToken)
    {
        for (var now = _published; now.Services.ContainsKey(service.ToString()) != present; now = _published)
            await now.Replaced.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    public async IAsyncEnumerable<RegistryUpdate> WatchAsync(
        ServiceName service, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ServiceSnapshot? last = null;
        while (true)
        {
            var now = _published;
            var snapshot = new ServiceSnapshot(service, now.Services.TryGetValue(service.ToString(), out var endpoints) ? endpoints : []);
            if (!snapshot.Equals(last))
                yield return new RegistryUpdate.Snapshot(last = snapshot);
            await now.Replaced.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static FrozenDictionary<string, ImmutableArray<Endpoint>> Build(
        IEnumerable<KeyValuePair<string, ServiceEndpointsOptions>> services, List<string> errors) =>
        services
            .Select(service => KeyValuePair.Create(service.Key, ConfiguredEndpoints.Build(service.Key, service.Value, errors)))
            .Where(service => !service.Value.IsEmpty)
            .ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    private sealed record Published(FrozenDictionary<string, ImmutableArray<Endpoint>> Services)
    {
        public TaskCompletionSource Replaced { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

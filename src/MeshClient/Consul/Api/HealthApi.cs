using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using MeshClient.Model;

namespace MeshClient.Consul.Api;

/// <summary>Which of Consul's lists of a service's instances are read.</summary>
internal enum InstanceLists
{
    /// <summary>That of all instances, in which there are no sidecars.</summary>
    All,

    /// <summary>That of the instances that take mutual TLS, sidecars among them.</summary>
    MutualTls,

    /// <summary>Both: an instance that is in both, by itself or by its sidecar, is taken from the second.</summary>
    Both,
}

/// <summary>What to ask of a service's instances.</summary>
/// <param name="Service">The service and its datacenter.</param>
/// <param name="Index">The index to wait beyond; 0 = answer at once.</param>
/// <param name="Wait">How long the agent may hold the query.</param>
/// <param name="MutualTls">Whether to ask for the instances that take mutual TLS, sidecars among them, in place of all.</param>
internal readonly record struct HealthQuery(ServiceName Service, ulong Index, TimeSpan Wait, bool MutualTls = false);

/// <summary>A service's instances and how far the answer can be trusted.</summary>
internal sealed record HealthAnswer
{
    public required ImmutableArray<HealthEntry> Entries { get; init; }

    /// <summary>Null = the header was missing: there is nothing to wait on.</summary>
    public ulong? Index { get; init; }

    public bool KnownLeader { get; init; } = true;

    public TimeSpan LastContact { get; init; }

    public bool FilteredByAcls { get; init; }
}

/// <summary>The catalog as the health endpoints tell it, and the probes that explain an empty answer.</summary>
internal sealed class HealthApi(ConsulHttp http, string? defaultDatacenter)
{
    /// <summary>Ten times what a large service has. Entries that say nothing are short, so the limit in bytes alone would let through millions.</summary>
    public const int MaxInstances = 100_000;

    public Task<HealthAnswer> ServiceAsync(HealthQuery query, CancellationToken cancellationToken)
    {
        var wait = query.Index > 0
            ? string.Create(CultureInfo.InvariantCulture, $"&index={query.Index}&wait={GoDuration.Format(query.Wait)}")
            : "";
        var kind = query.MutualTls ? "connect" : "service";
        var request = Get($"/v1/health/{kind}/{Escape(query.Service.Name)}?stale{Dc(query.Service)}{wait}",
            $"the instances of {query.Service}", ReadRules(query.Service.Name));
        if (query.Index > 0)
            request = request with { Timeout = ConsulRequest.BlockingTimeout(query.Wait) };
        return http.SendAsync(request, (response, token) => ReadAsync(request, response, token), cancellationToken);
    }

    /// <summary>Whether the token may read the service: the discovery chain answers 403 where the health list would just be empty.</summary>
    public async Task<bool> CanReadServiceAsync(ServiceName service, CancellationToken cancellationToken)
    {
        var request = Get($"/v1/discovery-chain/{Escape(service.Name)}?stale{Dc(service)}", $"the discovery chain of {service}", ReadRules(service.Name));
        try
        {
            await http.SendAsync(request, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (ConsulException exception) when (exception.StatusCode is { } status)
        {
            if ((int)status == 403)
                return false;
            // Where Connect is off, or in what only resembles Consul, there are no chains: nothing is shown either way.
            if ((int)status < 500 || exception.Answer.Contains("Connect must be enabled", StringComparison.Ordinal))
                return true;
            throw;
        }
    }

    /// <summary>Whether the token may read any node: a datacenter always has one. Only the first bytes are read.</summary>
    public Task<bool> SeesNodesAsync(ServiceName service, CancellationToken cancellationToken)
    {
        var request = Get($"/v1/catalog/nodes?stale{Dc(service)}", "the nodes", ReadRules(service.Name));
        return http.SendAsync(request, async (response, token) =>
        {
            var body = await ConsulHttp.OpenJsonAsync(request, response, token).ConfigureAwait(false);
            await using (body.ConfigureAwait(false))
            {
                var first = new byte[16];
                var count = await body.ReadAtLeastAsync(first, first.Length, throwOnEndOfStream: false, token).ConfigureAwait(false);
                return first.AsSpan(0, count).Contains((byte)'{');
            }
        }, cancellationToken);
    }

    public static string ReadRules(string service) => $"service \"{service}\" {{ policy = \"read\" }} and node_prefix \"\" {{ policy = \"read\" }}";

    private static async Task<HealthAnswer> ReadAsync(ConsulRequest request, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var entries = ImmutableArray.CreateBuilder<HealthEntry>();
        var body = await ConsulHttp.OpenJsonAsync(request, response, cancellationToken).ConfigureAwait(false);
        await using (body.ConfigureAwait(false))
        {
            try
            {
                var items = JsonSerializer.DeserializeAsyncEnumerable(body, ConsulJson.Default.HealthEntry, cancellationToken);
                await foreach (var entry in items.ConfigureAwait(false))
                {
                    if (entries.Count == MaxInstances)
                        throw new ConsulException($"Expected {request.What} to be at most {MaxInstances}, found more: does the address lead to a Consul agent?");
                    if (entry is not null)
                        entries.Add(entry);
                }
            }
            catch (JsonException exception)
            {
                throw ConsulErrors.Unreadable(request, response.StatusCode, $"\"{body.Head}\" ({exception.Message})", exception);
            }
        }
        return new HealthAnswer
        {
            Entries = entries.DrainToImmutable(),
            Index = ulong.TryParse(Header(response, "X-Consul-Index"), NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? index : null,
            KnownLeader = Header(response, "X-Consul-Knownleader") != "false",
            LastContact = long.TryParse(Header(response, "X-Consul-Lastcontact"), NumberStyles.None, CultureInfo.InvariantCulture, out var contact)
                ? TimeSpan.FromMilliseconds(Math.Min(contact, int.MaxValue))
                : TimeSpan.Zero,
            FilteredByAcls = Header(response, "X-Consul-Results-Filtered-By-ACLs") == "true",
        };
    }

    private string Dc(ServiceName service) => (service.Datacenter ?? defaultDatacenter) is { } dc ? $"&dc={Escape(dc)}" : "";

    private static ConsulRequest Get(string path, string what, string rules) => new(HttpMethod.Get, path, what, rules);

    private static string Escape(string text) => Uri.EscapeDataString(text);

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;
}

using System.Collections.Immutable;
using System.Text.Json;
using MeshClient.Intentions;

namespace MeshClient.Consul.Api;

/// <summary>What the agent says of the policy where no intention decides; null members = it does not say.</summary>
/// <param name="DefaultIntentionPolicy">Newer agents' own setting for intentions; empty = it follows the ACLs.</param>
/// <param name="AclsEnabled">Whether ACLs are on.</param>
/// <param name="AclDefaultPolicy">Their default.</param>
internal sealed record AgentPolicies(string? DefaultIntentionPolicy, bool? AclsEnabled, string? AclDefaultPolicy);

/// <summary>Who may call a service, as Consul tells it.</summary>
internal sealed class IntentionsApi(ConsulHttp http)
{
    /// <summary>The intentions about a service. Agents before 1.9 give no index with them.</summary>
    public Task<Indexed<ImmutableArray<Intention>>> MatchAsync(string service, BlockingQuery query, CancellationToken cancellationToken)
    {
        var request = query.Request($"/v1/connect/intentions/match?by=destination&name={Escape(service)}", What(service), Rules(service));
        return http.SendAsync(request, async (response, token) =>
        {
            using var document = await ReadAsync(request, response, token).ConfigureAwait(false);
            try
            {
                return new Indexed<ImmutableArray<Intention>>(IntentionReader.ReadMatch(document.RootElement, service), BlockingQuery.IndexOf(response));
            }
            catch (FormatException error)
            {
                throw ConsulErrors.Unreadable(request, response.StatusCode, $"what is no list of intentions ({error.Message})", error);
            }
        }, cancellationToken);
    }

    /// <summary>The index of all intentions, which changes with each of them; the answer itself is kept to those of a service.</summary>
    /// <returns>The index; null = the agent does not say.</returns>
    public Task<ulong?> IndexAsync(string service, BlockingQuery query, CancellationToken cancellationToken)
    {
        var filter = Escape($"DestinationName==\"{service.Replace("\"", "", StringComparison.Ordinal)}\"");
        var request = query.Request($"/v1/connect/intentions?filter={filter}", What(service), Rules(service));
        return http.SendAsync(request, (response, _) => Task.FromResult(BlockingQuery.IndexOf(response)), cancellationToken);
    }

    /// <summary>Whether a caller may call a service, by the intentions and the default, as the servers see it.</summary>
    public Task<bool> CheckAsync(string source, string destination, CancellationToken cancellationToken)
    {
        var path = $"/v1/connect/intentions/check?source={Escape(source)}&destination={Escape(destination)}";
        var request = new ConsulRequest(HttpMethod.Get, path, What(destination), Rules(destination));
        return http.SendAsync(request, async (response, token) =>
        {
            using var document = await ReadAsync(request, response, token).ConfigureAwait(false);
            return document.RootElement is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty("Allowed", out var allowed)
                && allowed.ValueKind == JsonValueKind.True;
        }, cancellationToken);
    }

    /// <summary>The policies of the agent, from its description of itself.</summary>
    public Task<AgentPolicies> PoliciesAsync(CancellationToken cancellationToken)
    {
        var request = new ConsulRequest(HttpMethod.Get, "/v1/agent/self", "the default of the intentions", "agent_prefix \"\" { policy = \"read\" }");
        return http.SendAsync(request, async (response, token) =>
        {
            using var document = await ReadAsync(request, response, token).ConfigureAwait(false);
            return document.RootElement is { ValueKind: JsonValueKind.Object } root
                && root.TryGetProperty("DebugConfig", out var config) && config.ValueKind == JsonValueKind.Object
                ? Policies(config)
                : new AgentPolicies(null, null, null);
        }, cancellationToken);
    }

    // Newer agents keep the settings of ACLs in an object of their own.
    private static AgentPolicies Policies(JsonElement config)
    {
        var acls = config.TryGetProperty("ACLResolverSettings", out var settings) && settings.ValueKind == JsonValueKind.Object ? settings : default;
        var enabled = Member(config, "ACLsEnabled") ?? Member(acls, "ACLsEnabled");
        var policy = Member(config, "ACLDefaultPolicy") ?? Member(acls, "ACLDefaultPolicy");
        return new AgentPolicies(
            Text(Member(config, "DefaultIntentionPolicy")),
            enabled?.ValueKind switch { JsonValueKind.True => true, JsonValueKind.False => false, _ => null },
            Text(policy));
    }

    private static JsonElement? Member(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value : null;

    private static string? Text(JsonElement? element) => element is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    private static async Task<JsonDocument> ReadAsync(ConsulRequest request, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var body = await ConsulHttp.OpenJsonAsync(request, response, cancellationToken).ConfigureAwait(false);
        await using (body.ConfigureAwait(false))
        {
            try
            {
                return await JsonDocument.ParseAsync(body, cancellationToken: cancellationToken).ConfigureAwait(false);
            }
            catch (JsonException exception)
            {
                throw ConsulErrors.Unreadable(request, response.StatusCode, $"\"{body.Head}\" ({exception.Message})", exception);
            }
        }
    }

    private static string What(string service) => $"the intentions of {service}";

    private static string Rules(string service) => $"service \"{service}\" {{ policy = \"read\" intentions = \"read\" }}";

    private static string Escape(string text) => Uri.EscapeDataString(text);
}

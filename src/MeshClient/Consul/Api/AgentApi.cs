using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace MeshClient.Consul.Api;

internal enum CheckStatus
{
    Passing,
    Warning,
    Critical,
}

/// <summary>The agent's own services and checks.</summary>
internal sealed class AgentApi(ConsulHttp http)
{
    public Task<AgentSelf> SelfAsync(CancellationToken cancellationToken)
    {
        var request = new ConsulRequest(HttpMethod.Get, "/v1/agent/self", "the agent's description", "agent_prefix \"\" { policy = \"read\" }");
        return http.SendAsync(request, (response, token) => ConsulHttp.ReadAsync(request, response, ConsulJson.Default.AgentSelf, token), cancellationToken);
    }

    /// <summary>Registers the instance in place of what the agent holds under its ID, checks included.</summary>
    public Task RegisterAsync(ServiceRegistration body, CancellationToken cancellationToken) =>
        http.SendAsync(Put("/v1/agent/service/register?replace-existing-checks=true", $"the registration of {body.ID}", WriteRules(body.Name)) with
        {
            Content = () => Json(body, ConsulJson.Default.ServiceRegistration),
        }, cancellationToken);

    /// <summary>Takes the instance out; one that the agent does not know is no error.</summary>
    public async Task DeregisterAsync(string id, string name, CancellationToken cancellationToken)
    {
        try
        {
            await http.SendAsync(Put($"/v1/agent/service/deregister/{Escape(id)}", $"the deregistration of {id}", WriteRules(name)), cancellationToken)
                .ConfigureAwait(false);
        }
        catch (ConsulException exception) when (exception.StatusCode == HttpStatusCode.NotFound)
        {
            // Newer agents answer so for an ID they do not know.
        }
    }

    /// <summary>Sets the state of a TTL check; false = the agent does not know the check.</summary>
    public async Task<bool> UpdateCheckAsync(string checkId, string name, CheckStatus status, string output, CancellationToken cancellationToken)
    {
        var text = status switch { CheckStatus.Passing => "passing", CheckStatus.Warning => "warning", _ => "critical" };
        var request = Put($"/v1/agent/check/update/{Escape(checkId)}", $"the heartbeat of {checkId}", WriteRules(name)) with
        {
            Content = () => Json(new CheckUpdate(text, output), ConsulJson.Default.CheckUpdate),
        };
        try
        {
            await http.SendAsync(request, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (ConsulException exception) when (IsUnknownCheck(exception))
        {
            return false;
        }
    }

    /// <summary>What the agent holds under an ID; null = nothing.</summary>
    public async Task<AgentService?> ServiceAsync(string id, string name, CancellationToken cancellationToken)
    {
        var request = new ConsulRequest(HttpMethod.Get, $"/v1/agent/service/{Escape(id)}", $"the registration of {id}",
            $"service \"{name}\" {{ policy = \"read\" }}");
        try
        {
            return await http.SendAsync(
                request, (response, token) => ConsulHttp.ReadAsync(request, response, ConsulJson.Default.AgentService, token), cancellationToken)
                .ConfigureAwait(false);
        }
        catch (ConsulException exception) when (exception.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    /// <summary>Whether every check of an instance of this agent passes.</summary>
    public async Task<bool> IsPassingAsync(string id, string name, CancellationToken cancellationToken)
    {
        var request = new ConsulRequest(HttpMethod.Get, $"/v1/agent/health/service/id/{Escape(id)}?format=text", $"the health of {id}",
            $"service \"{name}\" {{ policy = \"read\" }}");
        try
        {
            await http.SendAsync(request, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (ConsulException exception) when (exception.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.TooManyRequests
            or HttpStatusCode.ServiceUnavailable)
        {
            // 429 and 503 are how this endpoint says "warning" and "critical".
            return false;
        }
    }

    public Task SetMaintenanceAsync(string id, string name, bool enable, string reason, CancellationToken cancellationToken) =>
        http.SendAsync(Put($"/v1/agent/service/maintenance/{Escape(id)}?enable={(enable ? "true" : "false")}&reason={Escape(reason)}",
            $"the maintenance of {id}", WriteRules(name)), cancellationToken);

    // 1.8 answers 500 for a check it does not know, newer agents 404.
    private static bool IsUnknownCheck(ConsulException exception) =>
        exception.StatusCode == HttpStatusCode.NotFound
        || (exception.StatusCode == HttpStatusCode.InternalServerError
            && (exception.Answer.Contains("does not have associated TTL", StringComparison.Ordinal)
                || exception.Answer.Contains("Unknown check", StringComparison.OrdinalIgnoreCase)));

    private static string WriteRules(string name) => $"service \"{name}\" {{ policy = \"write\" }}";

    private static ConsulRequest Put(string path, string what, string rules) => new(HttpMethod.Put, path, what, rules);

    private static StringContent Json<T>(T value, JsonTypeInfo<T> type) =>
        new(JsonSerializer.Serialize(value, type), Encoding.UTF8, "application/json");

    private static string Escape(string text) => Uri.EscapeDataString(text);
}

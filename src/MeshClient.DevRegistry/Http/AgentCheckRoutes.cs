using MeshClient.DevRegistry.Catalog;
using MeshClient.DevRegistry.Wire;
using Microsoft.AspNetCore.Http;

namespace MeshClient.DevRegistry.Http;

/// <summary>The agent's side of checks: registration, heartbeats and what it holds.</summary>
internal static class AgentCheckRoutes
{
    public static void Map(RegistryRoutes routes) => routes
        .Put("/v1/agent/check/register", RegisterAsync)
        .Put("/v1/agent/check/deregister/{**name}", DeregisterAsync)
        .Put("/v1/agent/check/pass/{**name}", static (context, run) => HeartbeatAsync(context, run, HealthStatus.Passing))
        .Put("/v1/agent/check/warn/{**name}", static (context, run) => HeartbeatAsync(context, run, HealthStatus.Warning))
        .Put("/v1/agent/check/fail/{**name}", static (context, run) => HeartbeatAsync(context, run, HealthStatus.Critical))
        .Put("/v1/agent/check/update/{**name}", UpdateAsync)
        .Get("/v1/agent/checks", ListAsync);

    private static async Task RegisterAsync(HttpContext context, RegistryRun run)
    {
        var request = await BodyReader.ReadAsync(
            context.Request.Body, WireContext.Default.CheckRequest, context.RequestAborted).ConfigureAwait(false);
        var serviceId = request.ServiceID ?? "";
        if (!run.Agent.RegisterCheck(CheckReader.ReadOne(request), serviceId))
        {
            throw new RequestException(StatusCodes.Status500InternalServerError, $"ServiceID \"{serviceId}\" does not exist");
        }
    }

    private static Task DeregisterAsync(HttpContext context, RegistryRun run)
    {
        run.Agent.DeregisterCheck(RegistryRoutes.Name(context));
        return Task.CompletedTask;
    }

    private static Task HeartbeatAsync(HttpContext context, RegistryRun run, HealthStatus status)
    {
        Renew(context, run, status, context.Request.Query["note"].ToString());
        return Task.CompletedTask;
    }

    private static async Task UpdateAsync(HttpContext context, RegistryRun run)
    {
        var request = await BodyReader.ReadAsync(
            context.Request.Body, WireContext.Default.UpdateCheckRequest, context.RequestAborted).ConfigureAwait(false);
        if (!HealthStatusText.TryParse(request.Status, out var status))
        {
            throw new RequestException(StatusCodes.Status400BadRequest, $"Invalid check status: '{request.Status}'");
        }
        Renew(context, run, status, request.Output ?? "");
    }

    private static void Renew(HttpContext context, RegistryRun run, HealthStatus status, string output)
    {
        var id = RegistryRoutes.Name(context);
        if (!run.Agent.Renew(id, status, output))
        {
            throw new RequestException(
                StatusCodes.Status500InternalServerError, $"CheckID \"{id}\" does not have associated TTL");
        }
    }

    private static Task ListAsync(HttpContext context, RegistryRun run)
    {
        var bodies = new SortedDictionary<string, CheckBody>(StringComparer.Ordinal);
        foreach (var check in run.Agent.Checks())
        {
            bodies[check.Id] = BodyWriter.Check(check, run.Node);
        }
        return AnswerWriter.WriteJsonAsync(context, bodies, WireContext.Default.SortedDictionaryStringCheckBody);
    }
}

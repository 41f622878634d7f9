using MeshClient.DevRegistry.Wire;
using Microsoft.AspNetCore.Http;

namespace MeshClient.DevRegistry.Http;

/// <summary>The agent's side of services: registration, maintenance and what it holds.</summary>
internal static class AgentServiceRoutes
{
    public static void Map(RegistryRoutes routes) => routes
        .Put("/v1/agent/service/register", RegisterAsync)
        .Put("/v1/agent/service/deregister/{**name}", DeregisterAsync)
        .Put("/v1/agent/service/maintenance/{**name}", MaintainAsync)
        .Get("/v1/agent/services", ListAsync)
        .Get("/v1/agent/service/{**name}", GetAsync)
        .Get("/v1/agent/self", SelfAsync);

    private static async Task RegisterAsync(HttpContext context, RegistryRun run)
    {
        var request = await BodyReader.ReadAsync(
            context.Request.Body, WireContext.Default.RegisterServiceRequest, context.RequestAborted).ConfigureAwait(false);
        var replaceChecks = QueryOptions.Flag(context.Request.Query, "replace-existing-checks");
        var (service, checks) = ServiceReader.Read(request);
        if (SidecarReader.Complete(request, service, run.Agent.TakeSidecarPort) is not { } sidecarRequest)
        {
            run.Agent.Register(service, checks, replaceChecks);
            return;
        }
        var (sidecar, sidecarChecks) = ServiceReader.Read(sidecarRequest);
        run.Agent.Register(service, checks, replaceChecks);
        run.Agent.Register(sidecar, sidecarChecks, replaceChecks);
    }

    private static Task DeregisterAsync(HttpContext context, RegistryRun run)
    {
        var id = RegistryRoutes.Name(context);
        if (id.Length == 0)
        {
            throw new RequestException(StatusCodes.Status500InternalServerError, "ServiceID missing");
        }
        run.Agent.Deregister(id);
        return Task.CompletedTask;
    }

    private static Task MaintainAsync(HttpContext context, RegistryRun run)
    {
        var id = RegistryRoutes.Name(context);
        var query = context.Request.Query;
        if (id.Length == 0)
        {
            throw new RequestException(StatusCodes.Status400BadRequest, "Missing service ID");
        }
        if (!query.TryGetValue("enable", out var text) || text.ToString() is not { Length: > 0 } enableText)
        {
            throw new RequestException(StatusCodes.Status400BadRequest, "Missing value for enable");
        }
        var enable = QueryOptions.ParseBool(enableText)
            ?? throw new RequestException(StatusCodes.Status400BadRequest, $"Invalid value for enable: \"{enableText}\"");
        if (!run.Agent.SetMaintenance(id, enable, query["reason"].ToString()))
        {
            throw new RequestException(StatusCodes.Status404NotFound, $"No service registered with ID \"{id}\"");
        }
        return Task.CompletedTask;
    }

    private static Task ListAsync(HttpContext context, RegistryRun run)
    {
        var bodies = new SortedDictionary<string, AgentServiceBody>(StringComparer.Ordinal);
        foreach (var service in run.Agent.Services())
        {
            bodies[service.Id] = BodyWriter.AgentService(service);
        }
        return AnswerWriter.WriteJsonAsync(context, bodies, WireContext.Default.SortedDictionaryStringAgentServiceBody);
    }

    private static Task GetAsync(HttpContext context, RegistryRun run)
    {
        var id = RegistryRoutes.Name(context);
        var service = run.Agent.Service(id)
            ?? throw new RequestException(StatusCodes.Status404NotFound, $"unknown service ID: {id}");
        return AnswerWriter.WriteJsonAsync(context, BodyWriter.AgentService(service), WireContext.Default.AgentServiceBody);
    }

    private static Task SelfAsync(HttpContext context, RegistryRun run) =>
        AnswerWriter.WriteJsonAsync(context, BodyWriter.Self(run.Node, run.Intentions.DenyByDefault), WireContext.Default.AgentSelfBody);
}

using System.Text.Json.Serialization.Metadata;
using MeshClient.DevRegistry.Catalog;
using MeshClient.DevRegistry.Wire;
using Microsoft.AspNetCore.Http;

namespace MeshClient.DevRegistry.Http;

/// <summary>The reads that discovery lives on: indexed, and held back when the caller asks for it.</summary>
internal static class CatalogRoutes
{
    public static void Map(RegistryRoutes routes) => routes
        .Get("/v1/health/service/{**name}", HealthAsync)
        .Get("/v1/catalog/service/{**name}", InstancesAsync)
        .Get("/v1/health/connect/{**name}", MeshHealthAsync)
        .Get("/v1/catalog/connect/{**name}", MeshInstancesAsync)
        .Get("/v1/catalog/services", NamesAsync)
        .Get("/v1/catalog/nodes", NodesAsync)
        .Get("/v1/status/leader", LeaderAsync);

    private static Task HealthAsync(HttpContext context, RegistryRun run) => HealthAsync(context, run, run.Catalog.Health);

    private static Task MeshHealthAsync(HttpContext context, RegistryRun run) => HealthAsync(context, run, run.Catalog.MeshHealth);

    private static Task InstancesAsync(HttpContext context, RegistryRun run) => InstancesAsync(context, run, run.Catalog.Instances);

    private static Task MeshInstancesAsync(HttpContext context, RegistryRun run) => InstancesAsync(context, run, run.Catalog.MeshInstances);

    private static Task HealthAsync(HttpContext context, RegistryRun run, Func<string, Indexed<IReadOnlyList<HealthEntry>>> read)
    {
        var name = RequireName(context);
        var query = context.Request.Query;
        var passing = QueryOptions.Flag(query, "passing");
        RefuseFilter(query);
        return AnswerAsync(
            context,
            run,
            () => read(name),
            entries => entries
                .Where(entry => HasTags(entry.Service, query) && (!passing || entry.IsPassing))
                .Select(entry => BodyWriter.Health(entry, run.Node))
                .ToList(),
            WireContext.Default.ListHealthEntryBody);
    }

    private static Task InstancesAsync(HttpContext context, RegistryRun run, Func<string, Indexed<IReadOnlyList<CatalogService>>> read)
    {
        var name = RequireName(context);
        var query = context.Request.Query;
        RefuseFilter(query);
        return AnswerAsync(
            context,
            run,
            () => read(name),
            services => services
                .Where(service => HasTags(service, query))
                .Select(service => BodyWriter.CatalogService(service, run.Node))
                .ToList(),
            WireContext.Default.ListCatalogServiceBody);
    }

    private static Task NamesAsync(HttpContext context, RegistryRun run) => AnswerAsync(
        context, run, run.Catalog.Names, static names => names, WireContext.Default.IReadOnlyDictionaryStringStringArray);

    // The one node never changes, so nothing is held back; clients ask to learn whether they may see nodes at all.
    private static Task NodesAsync(HttpContext context, RegistryRun run)
    {
        var options = QueryOptions.Parse(context.Request.Query, run.Node.Datacenter);
        AnswerWriter.SetQueryHeaders(context.Response, CatalogIndexes.First, knownLeader: true, options.Consistency);
        return AnswerWriter.WriteJsonAsync(context, [BodyWriter.Node(run.Node)], WireContext.Default.ListNodeBody);
    }

    private static Task LeaderAsync(HttpContext context, RegistryRun run)
    {
        QueryOptions.RefuseOtherDatacenter(context.Request.Query, run.Node.Datacenter, fromQuery: false);
        return AnswerWriter.WriteJsonAsync(context, $"{run.Node.Address}:8300", WireContext.Default.String);
    }

    private static async Task AnswerAsync<T, TBody>(
        HttpContext context, RegistryRun run, Func<Indexed<T>> read, Func<T, TBody> toBody, JsonTypeInfo<TBody> type)
    {
        var result = await RegistryRoutes.ReadAsync(context, run, read).ConfigureAwait(false);
        var options = QueryOptions.Parse(context.Request.Query, run.Node.Datacenter);
        AnswerWriter.SetQueryHeaders(context.Response, result.Index, knownLeader: true, options.Consistency);
        await AnswerWriter.WriteJsonAsync(context, toBody(result.Value), type).ConfigureAwait(false);
    }

    private static string RequireName(HttpContext context) => RegistryRoutes.Name(context) is { Length: > 0 } name
        ? name
        : throw new RequestException(StatusCodes.Status400BadRequest, "Missing service name");

    // Answering as if there were no filter would hand out instances that the caller ruled out.
    private static void RefuseFilter(IQueryCollection query)
    {
        if (query.ContainsKey("filter"))
        {
            throw new RequestException(StatusCodes.Status501NotImplemented, "filter is not supported by the dev registry");
        }
    }

    private static bool HasTags(CatalogService service, IQueryCollection query) =>
        query["tag"].All(tag => string.IsNullOrEmpty(tag) || service.Definition.Tags.Contains(tag, StringComparer.OrdinalIgnoreCase));
}

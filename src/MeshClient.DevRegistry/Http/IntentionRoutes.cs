using MeshClient.DevRegistry.Catalog;
using MeshClient.DevRegistry.Intentions;
using MeshClient.DevRegistry.Wire;
using Microsoft.AspNetCore.Http;

namespace MeshClient.DevRegistry.Http;

/// <summary>Who may call whom: the rules, and what they say about a name or a pair.</summary>
internal static class IntentionRoutes
{
    private const string DecodeFailed = "Failed to decode request body: ";
    private const string NotAnId = "failed intention lookup: index error: UUID must be 36 characters";
    private const int IdLength = 36;

    public static void Map(RegistryRoutes routes) => routes
        .Methods("/v1/connect/intentions", ("GET", ListAsync), ("POST", CreateAsync))
        .Get("/v1/connect/intentions/match", MatchAsync)
        .Get("/v1/connect/intentions/check", CheckAsync)
        .Methods("/v1/connect/intentions/{**name}", ("GET", GetAsync), ("PUT", UpdateAsync), ("DELETE", DeleteAsync));

    private static async Task ListAsync(HttpContext context, RegistryRun run)
    {
        var all = await RegistryRoutes.ReadAsync(context, run, run.Intentions.List).ConfigureAwait(false);
        AnswerWriter.SetQueryHeaders(context.Response, all.Index, knownLeader: true, consistency: null);
        await AnswerWriter.WriteJsonAsync(context, Bodies(all.Value), WireContext.Default.ListIntentionBody).ConfigureAwait(false);
    }

    private static async Task CreateAsync(HttpContext context, RegistryRun run)
    {
        var request = await ReadAsync(context).ConfigureAwait(false);
        if (!string.IsNullOrEmpty(request.ID))
        {
            throw Failed("ID must be empty when creating a new intention");
        }
        await AnswerIdAsync(context, run.Intentions.Add(Validate(request, id: ""))).ConfigureAwait(false);
    }

    private static async Task UpdateAsync(HttpContext context, RegistryRun run)
    {
        var id = KnownId(context, run, "modify");
        var request = await ReadAsync(context).ConfigureAwait(false);
        await AnswerIdAsync(context, run.Intentions.Replace(Validate(request, id))).ConfigureAwait(false);
    }

    private static Task DeleteAsync(HttpContext context, RegistryRun run)
    {
        run.Intentions.Remove(KnownId(context, run, "delete"));
        return AnswerWriter.WriteJsonAsync(context, true, WireContext.Default.Boolean);
    }

    private static Task GetAsync(HttpContext context, RegistryRun run)
    {
        var id = RegistryRoutes.Name(context);
        if (id.Length != IdLength)
        {
            throw new RequestException(StatusCodes.Status400BadRequest, $"Bad request: {NotAnId}");
        }
        var intention = run.Intentions.Find(id) ?? throw new RequestException(StatusCodes.Status404NotFound, "Intention not found");
        return AnswerWriter.WriteJsonAsync(context, MeshBodyWriter.Intention(intention), WireContext.Default.IntentionBody);
    }

    private static async Task MatchAsync(HttpContext context, RegistryRun run)
    {
        var query = context.Request.Query;
        var byDestination = Required(query, "by") switch
        {
            "destination" => true,
            "source" => false,
            _ => throw Failed("'by' parameter must be one of 'source' or 'destination'"),
        };
        Required(query, "name");
        var names = query["name"].OfType<string>().Where(static name => name.Length > 0).Distinct(StringComparer.Ordinal).ToList();
        // The index is honoured and not answered: so it is on 1.8. Callers take it from the list.
        var matches = await RegistryRoutes.ReadAsync(context, run, () => Match(run.Intentions, byDestination, names)).ConfigureAwait(false);
        var type = WireContext.Default.SortedDictionaryStringListIntentionBody;
        await AnswerWriter.WriteJsonAsync(context, matches.Value, type).ConfigureAwait(false);
    }

    private static Indexed<SortedDictionary<string, List<IntentionBody>?>> Match(
        IntentionStore store, bool byDestination, List<string> names)
    {
        var bodies = new SortedDictionary<string, List<IntentionBody>?>(StringComparer.Ordinal);
        // The index first: a change between the reads wakes the caller once too often, and never once too little.
        var index = store.List().Index;
        foreach (var name in names)
        {
            var found = store.Match(byDestination, name).Value;
            bodies[name] = found.Count > 0 ? Bodies(found) : null;
        }
        return new(bodies, index);
    }

    private static Task CheckAsync(HttpContext context, RegistryRun run)
    {
        var query = context.Request.Query;
        var (source, destination) = (Required(query, "source"), Required(query, "destination"));
        if (query["source-type"].ToString() is { Length: > 0 } type && type != Intention.SourceTypeConsul)
        {
            throw Failed($"unsupported SourceType: \"{type}\"");
        }
        return AnswerWriter.WriteJsonAsync(
            context, new IntentionCheckBody(run.Intentions.Allows(source, destination)), WireContext.Default.IntentionCheckBody);
    }

    private static async Task<IntentionRequest> ReadAsync(HttpContext context)
    {
        try
        {
            return await BodyReader.ReadAsync(
                context.Request.Body, WireContext.Default.IntentionRequest, context.RequestAborted, "", DecodeFailed).ConfigureAwait(false);
        }
        catch (InvalidRequestException e)
        {
            throw Failed(e.Message);
        }
    }

    private static Intention Validate(IntentionRequest request, string id)
    {
        try
        {
            return IntentionReader.Read(request, id);
        }
        catch (InvalidRequestException e)
        {
            throw Failed(e.Message);
        }
    }

    private static string KnownId(HttpContext context, RegistryRun run, string verb)
    {
        var id = RegistryRoutes.Name(context);
        if (id.Length != IdLength)
        {
            throw Failed($"Intention lookup failed: {NotAnId}");
        }
        return run.Intentions.Find(id) is not null ? id : throw Failed($"Cannot {verb} non-existent intention: '{id}'");
    }

    private static Task AnswerIdAsync(HttpContext context, (Intention Intention, bool Written) outcome) => outcome.Written
        ? AnswerWriter.WriteJsonAsync(context, new IntentionIdBody(outcome.Intention.Id), WireContext.Default.IntentionIdBody)
        : throw Failed($"duplicate intention found: {outcome.Intention}");

    private static string Required(IQueryCollection query, string name) => query[name] is [{ Length: > 0 } text, ..]
        ? text
        : throw Failed($"required query parameter '{name}' not set");

    private static List<IntentionBody> Bodies(IReadOnlyList<Intention> intentions) => [.. intentions.Select(MeshBodyWriter.Intention)];

    private static RequestException Failed(string text) => new(StatusCodes.Status500InternalServerError, text);
}

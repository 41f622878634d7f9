using System.Text;
using MeshClient.DevRegistry.Authority;
using MeshClient.DevRegistry.Catalog;
using MeshClient.DevRegistry.Wire;
using Microsoft.AspNetCore.Http;

namespace MeshClient.DevRegistry.Http;

/// <summary>The certificate authority: roots and leaves, held back when the caller asks for it, and its settings.</summary>
internal static class AuthorityRoutes
{
    public static void Map(RegistryRoutes routes) => routes
        .Get("/v1/agent/connect/ca/roots", RootsAsync)
        .Get("/v1/agent/connect/ca/leaf/{**name}", LeafAsync)
        .Get("/v1/connect/ca/roots", RootsOrPemAsync)
        .Methods("/v1/connect/ca/configuration", ("GET", ConfigurationAsync), ("PUT", ConfigureAsync));

    private static async Task RootsAsync(HttpContext context, RegistryRun run)
    {
        var roots = await RegistryRoutes.ReadAsync(context, run, run.Authority.Roots).ConfigureAwait(false);
        // An agent of 1.8 says here that it knows no leader, whether it does or not.
        AnswerWriter.SetQueryHeaders(context.Response, roots.Index, knownLeader: false, consistency: null);
        await AnswerWriter.WriteJsonAsync(context, MeshBodyWriter.Roots(roots.Value), WireContext.Default.RootsBody).ConfigureAwait(false);
    }

    private static Task RootsOrPemAsync(HttpContext context, RegistryRun run)
    {
        if (!QueryOptions.Flag(context.Request.Query, "pem"))
        {
            return RootsAsync(context, run);
        }
        var chain = string.Concat(run.Authority.Roots().Value.Entries.Select(static entry => entry.Root.Pem + entry.Root.CrossPem));
        return AnswerWriter.WriteAsync(context, "application/pem-certificate-chain", Encoding.ASCII.GetBytes(chain));
    }

    private static async Task LeafAsync(HttpContext context, RegistryRun run)
    {
        var service = RegistryRoutes.Name(context);
        if (service.Length == 0)
        {
            throw new RequestException(StatusCodes.Status500InternalServerError, "URI must be either service or agent");
        }
        if (!ServiceId.IsOneSegment(service))
        {
            var id = ServiceId.Text(run.Authority.Roots().Value.TrustDomain, run.Node.Datacenter, service);
            throw new RequestException(StatusCodes.Status500InternalServerError, $"SPIFFE ID is not in the expected format: {id}");
        }
        var leaf = await RegistryRoutes.ReadAsync(context, run, () => run.Leaves.Get(service)).ConfigureAwait(false);
        AnswerWriter.SetIndex(context.Response, leaf.Index);
        await AnswerWriter.WriteJsonAsync(context, MeshBodyWriter.Leaf(leaf.Value), WireContext.Default.LeafBody).ConfigureAwait(false);
    }

    private static Task ConfigurationAsync(HttpContext context, RegistryRun run) => AnswerWriter.WriteJsonAsync(
        context,
        new AuthorityConfigurationBody(
            "consul", run.AuthoritySettings.Read(), null, ForceWithoutCrossSigning: false, Ledger.First, run.Authority.Roots().Index),
        WireContext.Default.AuthorityConfigurationBody);

    private static async Task ConfigureAsync(HttpContext context, RegistryRun run)
    {
        var type = WireContext.Default.AuthorityConfigurationRequest;
        var request = await BodyReader.ReadAsync(context.Request.Body, type, context.RequestAborted, "Bad request: ").ConfigureAwait(false);
        if (request.Provider is not "consul")
        {
            throw new RequestException(
                StatusCodes.Status500InternalServerError, $"could not initialize provider: unknown CA provider \"{request.Provider}\"");
        }
        if (run.AuthoritySettings.Write(request.Config ?? []) is { } problem)
        {
            throw new RequestException(StatusCodes.Status500InternalServerError, problem);
        }
    }
}

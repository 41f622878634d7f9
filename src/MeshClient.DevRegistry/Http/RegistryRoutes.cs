using MeshClient.DevRegistry.Catalog;
using MeshClient.DevRegistry.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;

namespace MeshClient.DevRegistry.Http;

/// <summary>Maps handlers, and does for each what all share: method check, body limit, errors as text.</summary>
internal sealed class RegistryRoutes(IEndpointRouteBuilder endpoints, RegistryHost host)
{
    /// <summary>The largest request body in bytes; more is answered 413.</summary>
    public const long MaxBodySize = 512 * 1024;

    public RegistryRoutes Get(string pattern, Func<HttpContext, RegistryRun, Task> handler) => Methods(pattern, ("GET", handler));

    public RegistryRoutes Put(string pattern, Func<HttpContext, RegistryRun, Task> handler) => Methods(pattern, ("PUT", handler));

    /// <summary>A path that knows several methods, in the order in which it names them.</summary>
    public RegistryRoutes Methods(string pattern, params (string Method, Func<HttpContext, RegistryRun, Task> Handler)[] handlers)
    {
        endpoints.Map(pattern, (RequestDelegate)(context => RunAsync(context, handlers)));
        return this;
    }

    /// <summary>A read that waits for as long as the caller asks.</summary>
    public static async Task<Indexed<T>> ReadAsync<T>(HttpContext context, RegistryRun run, Func<Indexed<T>> read)
    {
        var options = QueryOptions.Parse(context.Request.Query, run.Node.Datacenter);
        using var caller = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, run.Lost);
        return await run.Queries.RunAsync(read, options.MinIndex, options.Wait, caller.Token).ConfigureAwait(false);
    }

    /// <summary>The rest of the path. Servers leave an escaped slash in it as it was.</summary>
    public static string Name(HttpContext context) =>
        (context.GetRouteValue("name") as string ?? "").Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);

    private async Task RunAsync(HttpContext context, (string Method, Func<HttpContext, RegistryRun, Task> Handler)[] handlers)
    {
        var run = host.Current;
        try
        {
            context.Response.Headers.Vary = "Accept-Encoding";
            if (handlers.FirstOrDefault(known => known.Method == context.Request.Method).Handler is not { } handler)
            {
                await RefuseMethodAsync(context, string.Join(',', handlers.Select(static known => known.Method))).ConfigureAwait(false);
                return;
            }
            if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            {
                limit.MaxRequestBodySize = MaxBodySize;
            }
            await handler(context, run).ConfigureAwait(false);
        }
        catch (RequestException e)
        {
            if (e.FromQuery)
            {
                AnswerWriter.SetQueryHeaders(context.Response, index: 1, knownLeader: false, consistency: null);
            }
            await AnswerWriter.WriteTextAsync(context, e.Status, e.Message).ConfigureAwait(false);
        }
        catch (InvalidRequestException e)
        {
            await AnswerWriter.WriteTextAsync(context, StatusCodes.Status400BadRequest, e.Message).ConfigureAwait(false);
        }
        catch (BadHttpRequestException e)
        {
            await AnswerWriter.WriteTextAsync(context, e.StatusCode, e.Message).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (run.Lost.IsCancellationRequested || context.RequestAborted.IsCancellationRequested)
        {
            // The callers of a killed agent see their connections end.
            context.Abort();
        }
    }

    private static Task RefuseMethodAsync(HttpContext context, string methods)
    {
        context.Response.Headers.Allow = $"OPTIONS,{methods}";
        return HttpMethods.IsOptions(context.Request.Method)
            ? Task.CompletedTask
            : AnswerWriter.WriteTextAsync(
                context, StatusCodes.Status405MethodNotAllowed, $"method {context.Request.Method} not allowed");
    }
}

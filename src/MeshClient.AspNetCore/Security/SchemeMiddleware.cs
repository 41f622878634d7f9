using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace MeshClient.AspNetCore.Security;

/// <summary>
/// Holds the scheme that a request of HTTP/2 says against its connection, as Kestrel does, with one exception: a caller behind Consul's own sidecar speaks plain text and says
/// <c>http</c>, and the sidecar hands that on by mutual TLS as it is. Such a request is one of <c>https</c>, like all that come to this endpoint.
/// </summary>
internal sealed class SchemeMiddleware(RequestDelegate next, KestrelSetup kestrel)
{
    private readonly bool _takesAny = kestrel.TakesAnyScheme;

    public Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        // HTTP/1.1 says no scheme; without a connection of the mesh's, the server is another than Kestrel and has its own rules.
        if (HttpProtocol.IsHttp11(request.Protocol) || _takesAny || context.Features.Get<MeshConnection>() is not { } connection)
            return next(context);
        var actual = context.Features.Get<ITlsConnectionFeature>() is null ? Uri.UriSchemeHttp : Uri.UriSchemeHttps;
        if (string.Equals(request.Scheme, actual, StringComparison.OrdinalIgnoreCase))
            return next(context);
        if (connection.Standing != ConnectionStanding.Mutual || !string.Equals(request.Scheme, Uri.UriSchemeHttp, StringComparison.OrdinalIgnoreCase))
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return Task.CompletedTask;
        }
        request.Scheme = actual;
        return next(context);
    }
}

/// <summary>Puts it before whatever else may change the scheme, such as the middleware for forwarded headers.</summary>
internal sealed class SchemeFilter : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.UseMiddleware<SchemeMiddleware>();
        next(app);
    };
}

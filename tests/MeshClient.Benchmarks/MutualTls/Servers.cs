using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace MeshClient.Benchmarks.MutualTls;

/// <summary>Kestrel and one handler: no routing, no logs.</summary>
internal static class Servers
{
    private static readonly byte[] s_body = """{"id":17,"name":"chair","price":49.5}"""u8.ToArray();

    public static WebApplication Build(Action<KestrelServerOptions> endpoints, RequestDelegate handler, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(endpoints);
        configure?.Invoke(builder);
        var app = builder.Build();
        app.Run(handler);
        return app;
    }

    /// <summary>A small answer.</summary>
    public static async Task AnswerAsync(HttpContext context)
    {
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = s_body.Length;
        await context.Response.Body.WriteAsync(s_body);
    }
}

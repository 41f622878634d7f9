using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace MeshClient.ContractTests.Interop;

/// <summary>Web servers that tell by which protocol and scheme they were asked, and who asked: by HTTP at any path, and by gRPC.</summary>
internal static class Served
{
    /// <summary>For example <c>HTTP/2 https for web</c>; nobody is who proved no identity.</summary>
    public static string By(HttpContext context) => $"{context.Request.Protocol} {context.Request.Scheme} for {context.GetMeshCaller().Id?.Service ?? "nobody"}";

    /// <summary>A server that knows nothing of the mesh, in plain text: HTTP/1.1 as Kestrel takes it, or HTTP/2 by prior knowledge.</summary>
    public static Task<WebApplication> PlainAsync(HttpProtocols protocols) => StartAsync(protocols, []);

    /// <summary>An instance of the mesh in strict mode, which registers itself as one that takes mutual TLS.</summary>
    public static Task<WebApplication> StrictAsync(Uri consul, string name, HttpProtocols protocols = HttpProtocols.Http1AndHttp2) =>
        StartAsync(protocols, Strict(consul, name), host => host.UseMesh());

    /// <summary>The settings of a process of the mesh in strict mode.</summary>
    public static Dictionary<string, string?> Strict(Uri consul, string name) => new()
    {
        ["Mesh:Consul:Address"] = consul.ToString(),
        ["Mesh:Service:Name"] = name,
        ["Mesh:Security:Mode"] = "Strict",
    };

    public static int PortOf(WebApplication app) => new Uri(app.Urls.Single()).Port;

    private static string Port(HttpContext context) => $"{By(context)} at {context.Connection.LocalPort}";

    // What both sides have shown each other on this connection.
    private static string Leaves(HttpContext context) =>
        $"{context.Connection.ClientCertificate!.Thumbprint} {context.Features.GetRequiredFeature<ISslStreamFeature>().SslStream.LocalCertificate!.GetCertHashString()}";

    private static async Task<WebApplication> StartAsync(HttpProtocols protocols, Dictionary<string, string?> settings, Action<IWebHostBuilder>? host = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Configuration.AddInMemoryCollection(settings);
        builder.Services.AddRoutingCore().AddGrpc();
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(
            options => options.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = protocols));
        host?.Invoke(builder.WebHost);
        var app = builder.Build();
        app.MapGrpcService<EchoService>();
        app.MapGet("/leaves", Leaves);
        app.MapGet("/port", Port);
        app.MapFallback(context => context.Response.WriteAsync(By(context)));
        await app.StartAsync();
        return app;
    }
}

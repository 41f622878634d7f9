using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace MeshClient.Benchmarks.GrpcCalls;

/// <summary>Kestrel with HTTP/2 in plain text and one handler, which answers as a gRPC server does: the same for every channel that is compared.</summary>
internal sealed class Servers(IReadOnlyList<WebApplication> apps) : IAsyncDisposable
{
    public IReadOnlyList<int> Ports { get; } = [.. apps.Select(app => new Uri(app.Urls.Single()).Port)];

    public static async Task<Servers> StartAsync(int count) => new(await Task.WhenAll(Enumerable.Range(0, count).Select(_ => StartAsync())));

    public async ValueTask DisposeAsync()
    {
        foreach (var app in apps)
        {
            await app.StopAsync();
            await app.DisposeAsync();
        }
    }

    private static async Task<WebApplication> StartAsync()
    {
        var app = MutualTls.Servers.Build(
            options => options.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2), AnswerAsync);
        await app.StartAsync();
        return app;
    }

    private static async Task AnswerAsync(HttpContext context)
    {
        // The whole of the request, as a server reads it that expects one message.
        await context.Request.Body.CopyToAsync(Stream.Null);
        context.Response.ContentType = "application/grpc";
        await context.Response.Body.WriteAsync(Calls.Framed);
        context.Response.AppendTrailer("grpc-status", "0");
    }
}

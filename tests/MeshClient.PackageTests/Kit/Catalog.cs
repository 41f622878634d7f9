using System.Net.Http.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace MeshClient.PackageTests.Kit;

/// <summary>The service that the programs call, on a loopback port of this process.</summary>
internal sealed class Catalog : IAsyncDisposable
{
    private readonly WebApplication _app;

    private Catalog(WebApplication app) => _app = app;

    public int Port => new Uri(_app.Urls.Single()).Port;

    public static async Task<Catalog> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.Run(context => context.Response.WriteAsync($"3 lamps at {context.Request.Host}{context.Request.Path}"));
        await app.StartAsync();
        return new Catalog(app);
    }

    public async Task RegisterAsync(Uri registry)
    {
        using var client = new HttpClient { BaseAddress = registry };
        using var answer = await client.PutAsJsonAsync(
            "/v1/agent/service/register", new { ID = "catalog-1", Name = "catalog", Address = "127.0.0.1", Port, Tags = (string[])["v1"], Meta = new { zone = "a" } });
        answer.EnsureSuccessStatusCode();
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}

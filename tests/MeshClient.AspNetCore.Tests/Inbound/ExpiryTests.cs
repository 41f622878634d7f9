using System.Net;
using MeshClient.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace MeshClient.AspNetCore.Tests.Inbound;

public sealed class ExpiryTests
{
    [Theory]
    [InlineData("plain")]
    [InlineData("exception handler")]
    [InlineData("developer page")]
    public async Task An_expired_deadline_is_answered_504_whatever_handles_exceptions(string handling)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = handling == "developer page" ? "Development" : "Production" });
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0").UseMesh();
        await using var app = builder.Build();
        if (handling == "exception handler")
            app.UseExceptionHandler(error => error.Run(_ => Task.CompletedTask));
        app.MapGet("/", (HttpContext context) => Task.Delay(Timeout.Infinite, context.RequestAborted));
        await app.StartAsync();

        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, app.Urls.First());
        request.Headers.Add(MeshHeaders.Timeout, "100m");
        Assert.Equal(HttpStatusCode.GatewayTimeout, (await client.SendAsync(request)).StatusCode);
        await app.StopAsync();
    }
}

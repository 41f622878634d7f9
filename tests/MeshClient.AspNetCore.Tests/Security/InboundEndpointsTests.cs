using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using MeshClient.AspNetCore.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace MeshClient.AspNetCore.Tests.Security;

public sealed class InboundEndpointsTests
{
    [Fact]
    public async Task An_endpoint_that_the_server_has_let_go_is_forgotten()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Configuration["Mesh:Service:Name"] = "web";
        builder.Configuration["Mesh:Security:Mode"] = "Strict";
        builder.WebHost.UseKestrelCore().UseMesh();
        await using var app = builder.Build();
        var endpoints = app.Services.GetRequiredService<InboundEndpoints>();
        var kept = new KestrelServerOptions { ApplicationServices = app.Services };
        kept.ListenLocalhost(5001, listen => Assert.Same(endpoints.Attach(listen), endpoints.Attach(listen)));

        Attach(endpoints, app.Services);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();

        Assert.Equal(5001, Assert.Single(endpoints.Known).Listen.IPEndPoint?.Port);
        GC.KeepAlive(kept);
    }

    [Fact]
    public async Task Endpoints_are_known_for_as_long_as_the_server_listens_on_them()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Configuration["Mesh:Service:Name"] = "web";
        builder.Configuration["Mesh:Security:Mode"] = "Strict";
        builder.Configuration["Mesh:Consul:Address"] = "http://127.0.0.1:1";
        builder.Configuration["Mesh:FirstSnapshotTimeout"] = "00:00:00.100";
        builder.Configuration["urls"] = $"http://127.0.0.1:0;http://localhost:{FreePort()}";
        builder.WebHost.UseKestrelCore().UseMesh();
        await using var app = builder.Build();
        app.Run(_ => Task.CompletedTask);
        await app.StartAsync();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();

        var known = app.Services.GetRequiredService<InboundEndpoints>().Known.Select(e => e.Listen.IPEndPoint!.Port);
        Assert.Equal(app.Urls.Select(u => new Uri(u).Port).Order(), known.Order());
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Attach(InboundEndpoints endpoints, IServiceProvider services)
    {
        var options = new KestrelServerOptions { ApplicationServices = services };
        options.ListenLocalhost(5000, listen => endpoints.Attach(listen));
        Assert.Single(endpoints.Known, e => e.Listen.IPEndPoint?.Port == 5000);
    }
}

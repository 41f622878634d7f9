using MeshClient.Clusters;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace MeshClient.FunctionalTests.Transport;

/// <summary>New settings of the transport take effect while calls are under way, and break none of them.</summary>
public sealed class ReloadTests
{
    [Theory]
    [InlineData(HttpProtocols.Http1, 1)]
    [InlineData(HttpProtocols.Http2, 2)]
    public async Task A_stream_outlives_the_transport_it_began_on(HttpProtocols protocol, int version)
    {
        var time = new FakeTimeProvider();
        var end = new TaskCompletionSource();
        await using var a = await TestServer.StartAsync("a", async context =>
        {
            await context.Response.WriteAsync("begin ");
            await context.Response.Body.FlushAsync();
            await end.Task.WaitAsync(TimeSpan.FromSeconds(60));
            await context.Response.WriteAsync("end");
        }, protocol);
        await using var app = await MeshApp.StartAsync(
            new() { ["Upstreams:catalog:IdleTimeout"] = "-00:00:00.001" }, before: s => s.AddSingleton<TimeProvider>(time));
        app.Registry.Say("catalog", a.Endpoint);

        using var onTheOld = await OpenAsync(app, version);
        Assert.Equal(1, a.Connections);
        app.Reload("Upstreams:catalog:Transport:ConnectTimeout", "00:00:01");
        using var onTheNew = await OpenAsync(app, version);
        Assert.Equal(2, a.Connections);

        time.Advance(RetiredTransports.Grace);
        time.Advance(app.Cluster().Options.Timeout);
        end.SetResult();
        Assert.Equal("begin end", await onTheOld.Content.ReadAsStringAsync());
        Assert.Equal("begin end", await onTheNew.Content.ReadAsStringAsync());
        await Eventually.True(() => a.OpenConnections == 1);
        using var after = await OpenAsync(app, version);
        Assert.Equal(2, a.Connections);
    }

    [Fact]
    public async Task Other_settings_leave_connections_alone()
    {
        await using var a = await TestServer.StartAsync("a");
        await using var app = await MeshApp.OfCatalogAsync(a);
        Assert.Equal("a", await app.Client().GetStringAsync("http://catalog/"));
        app.Reload("Upstreams:catalog:Timeout", "00:00:01");
        app.Reload("FirstSnapshotTimeout", "00:00:01");
        Assert.Equal("a", await app.Client().GetStringAsync("http://catalog/"));
        Assert.Equal(1, a.Connections);
        Assert.Equal(TimeSpan.FromSeconds(1), app.Cluster().Options.Timeout);
    }

    private static async Task<HttpResponseMessage> OpenAsync(MeshApp app, int version)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://catalog/")
        {
            Version = new Version(version, version == 1 ? 1 : 0),
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        return await app.Client().SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }
}

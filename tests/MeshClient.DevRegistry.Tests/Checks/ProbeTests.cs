using System.Net;
using System.Net.Sockets;
using MeshClient.DevRegistry.Agent;
using MeshClient.DevRegistry.Catalog;
using MeshClient.DevRegistry.Checks;
using MeshClient.TestKit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;

namespace MeshClient.DevRegistry.Tests.Checks;

public sealed class ProbeTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(204, "passing")]
    [InlineData(429, "warning")]
    [InlineData(404, "critical")]
    [InlineData(503, "critical")]
    public async Task An_http_probe_judges_by_the_status(int status, string expected)
    {
        await using var app = await ServeAsync(context =>
        {
            context.Response.StatusCode = status;
            return Task.CompletedTask;
        });
        using var probe = new HttpProbe(HttpCheck(app.Urls.First()));
        var result = await probe.RunAsync(Cancellation);
        Assert.Equal(expected, result.Status.ToText());
        Assert.StartsWith($"HTTP GET {app.Urls.First()}/health: {status} ", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_http_probe_sends_what_the_check_asks_for()
    {
        var seen = "";
        await using var app = await ServeAsync(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            seen = $"{context.Request.Method} {context.Request.Headers["X-Probe"]} {await reader.ReadToEndAsync()}";
            await context.Response.WriteAsync("ok");
        });
        var check = HttpCheck(app.Urls.First()) with
        {
            Method = "POST",
            Body = "ping",
            Headers = new Dictionary<string, string[]> { ["X-Probe"] = ["a", "b"] },
        };
        using var probe = new HttpProbe(check);
        Assert.EndsWith("200 OK Output: ok", (await probe.RunAsync(Cancellation)).Output, StringComparison.Ordinal);
        Assert.Equal("POST a,b ping", seen.Replace(", ", ",", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Probes_of_a_closed_port_are_critical()
    {
        var port = FreePort.Next();
        using var http = new HttpProbe(HttpCheck($"http://127.0.0.1:{port}"));
        using var tcp = new TcpProbe($"127.0.0.1:{port}");
        Assert.Equal(HealthStatus.Critical, (await http.RunAsync(Cancellation)).Status);
        Assert.Equal(HealthStatus.Critical, (await tcp.RunAsync(Cancellation)).Status);
    }

    [Theory]
    [InlineData("nowhere")]
    [InlineData(":80")]
    [InlineData("127.0.0.1:http")]
    public async Task A_target_without_a_port_is_critical(string target)
    {
        using var probe = new TcpProbe(target);
        Assert.Equal(HealthStatus.Critical, (await probe.RunAsync(Cancellation)).Status);
    }

    [Fact]
    public async Task The_agent_probes_at_the_interval_and_publishes_what_it_finds()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var target = $"127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";
        var time = new FakeTimeProvider();
        var catalog = new ServiceCatalog();
        using var agent = new LocalAgent(catalog, time, new FixedRandom(0.5));
        var check = new CheckDefinition
        {
            Id = "grpc",
            Name = "grpc",
            Kind = CheckKind.Grpc,
            Target = $"{target}/my.Service",
            Interval = TimeSpan.FromSeconds(10),
        };
        agent.Register(new ServiceDefinition { Id = "web-1", Name = "web" }, [check], replaceChecks: false);
        HealthStatus Status() => catalog.Health("web").Value[0].Checks[1].Status;

        time.Advance(TimeSpan.FromSeconds(5) - TimeSpan.FromMilliseconds(1));
        Assert.Equal(HealthStatus.Critical, Status());
        time.Advance(TimeSpan.FromMilliseconds(1));
        await Eventually.True(() => Status() == HealthStatus.Passing, cancellationToken: Cancellation);

        listener.Stop();
        await AdvanceUntilAsync(() => Status() == HealthStatus.Critical, time);
    }

    [Fact]
    public async Task The_agent_counts_results_in_a_row_before_it_believes_them()
    {
        var requests = 0;
        await using var app = await ServeAsync(context =>
        {
            var number = Interlocked.Increment(ref requests);
            context.Response.StatusCode = number == 2 ? 500 : 200;
            return context.Response.WriteAsync($"request {number}");
        });
        var time = new FakeTimeProvider();
        var catalog = new ServiceCatalog();
        using var agent = new LocalAgent(catalog, time, new FixedRandom(0.5));
        var check = HttpCheck(app.Urls.First()) with
        {
            Interval = TimeSpan.FromSeconds(10),
            Timeout = TimeSpan.FromDays(1),
            SuccessBeforePassing = 2,
        };
        agent.Register(new ServiceDefinition { Id = "web-1", Name = "web" }, [check], replaceChecks: false);
        CatalogCheck Published() => catalog.Health("web").Value[0].Checks[1];

        await AdvanceUntilAsync(() => Published().Status == HealthStatus.Passing, time);
        // A pass, a failure, two passes. Later outputs under the same status are not published yet.
        Assert.EndsWith("request 4", Published().Output, StringComparison.Ordinal);
    }

    // The next delay begins a moment after a result is published, on a thread of its own: advance until it has.
    private static Task AdvanceUntilAsync(Func<bool> condition, FakeTimeProvider time) => Eventually.True(
        () =>
        {
            time.Advance(TimeSpan.FromSeconds(10));
            return condition();
        },
        cancellationToken: Cancellation);

    private static CheckDefinition HttpCheck(string url) =>
        new() { Id = "http", Name = "http", Kind = CheckKind.Http, Target = $"{url}/health" };

    private static async Task<WebApplication> ServeAsync(RequestDelegate handler)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(static kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        app.Run(handler);
        await app.StartAsync(Cancellation);
        return app;
    }
}

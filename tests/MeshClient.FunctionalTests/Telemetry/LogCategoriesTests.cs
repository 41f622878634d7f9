using System.Reflection;
using MeshClient.Discovery;
using MeshClient.Endpoints;
using MeshClient.Telemetry;
using Microsoft.Extensions.Logging;

namespace MeshClient.FunctionalTests.Telemetry;

/// <summary>What is logged has the category and the level that docs/telemetry.md states, which come from the attributes.</summary>
public sealed class LogCategoriesTests
{
    [Fact]
    public async Task Events_are_logged_under_the_stated_category()
    {
        await using var bad = await TestServer.StartAsync("a", Answers.Status(503));
        await using var good = await TestServer.StartAsync("b");
        await using var app = await MeshApp.OfCatalogAsync(bad, good);
        app.Reload("Upstreams:catalog:LoadBalancing", "RoundRobin");
        await Eventually.True(() => app.Cluster().IsKnown);
        await Eventually.True(async () =>
        {
            (await app.Client().GetAsync("http://catalog/", TestContext.Current.CancellationToken)).Dispose();
            return app.Cluster().Endpoints.Any(e => e.Standing == EndpointStanding.Ejected);
        });
        app.Registry.Say("catalog", new RegistryUpdate.Fault("The registry is away."));

        int[] expected = [1000, 1200, 1300];
        await Eventually.True(() => expected.All(id => app.Log.Of(id).Any()));

        var stated = Stated();
        foreach (var line in app.Log.All.Where(l => l.Category.StartsWith("MeshClient", StringComparison.Ordinal)))
            Assert.Equal(stated[line.Id], (line.Category, line.Level));
    }

    private static Dictionary<int, (string, LogLevel)> Stated() => (
        from type in typeof(MeshTelemetry).Assembly.GetTypes()
        from method in type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
        let message = method.GetCustomAttribute<LoggerMessageAttribute>()
        where message is not null
        select (message.EventId, (type.GetCustomAttribute<LogEventsAttribute>()!.Category.FullName!, message.Level))).ToDictionary();
}

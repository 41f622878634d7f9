using MeshClient.DevRegistry;
using Storefront;

if (PlayOptions.Parse(args) is not { } options)
    return 2;

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, key) =>
{
    key.Cancel = true;
    stop.Cancel();
};

var stage = new Stage();
await using var registry = options.Consul is null ? await DevRegistryServer.StartAsync() : null;
var address = options.Consul ?? registry!.Address;
await using var town = new Town(address);
using var load = new Load();
try
{
    stage.Say($"Starting web, three catalog and two pricing as processes of their own; registry: {address}{(registry is null ? "" : " (development registry)")}");
    await town.StartAsync(stop.Token);
    var results = await new Play(town, load, options, stage).RunAsync(stop.Token);
    stage.Report(results);
    if (options.Keep)
    {
        stage.Say($"Still running: web at {town.Web}, registry at {address}. Ctrl-C ends it.");
        await Task.Delay(Timeout.Infinite, stop.Token).ContinueWith(_ => { }, TaskScheduler.Default);
    }
    return results.All(r => r.Passed) ? 0 : 1;
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    stage.Say("Stopped.");
    return 130;
}
catch (Exception error) when (error is InvalidOperationException or TimeoutException or IOException or HttpRequestException or System.Text.Json.JsonException or TaskCanceledException)
{
    Console.Error.WriteLine(error.Message + town.OutputOfWeb);
    return 1;
}

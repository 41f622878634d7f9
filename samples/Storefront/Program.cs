using System.Runtime.InteropServices;
using MeshClient.DevRegistry;
using Storefront;

if (PlayOptions.Parse(args) is not { } options)
    return 2;

using var stop = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop);

var stage = new Stage();
await using var registry = options.Consul is null ? await DevRegistryServer.StartAsync() : null;
var address = options.Consul ?? registry!.Address;
await using var town = new Town(address);
using var load = new Load();
try
{
    stage.Say($"Starting web, 3 x catalog and 2 x pricing. Registry: {address}{(registry is null ? "" : " (development)")}");
    await town.StartAsync(stop.Token);
    await town.WarmUpAsync(stop.Token);
    var (acts, between) = await new Play(town, load, options, stage).RunAsync(stop.Token);
    stage.Report(acts, between);
    var passed = acts.All(a => a.Passed);
    if (!passed && town.OutputOfWeb is { Length: > 0 } output)
        stage.Say($"The last that web printed:\n{output}");
    if (options.Keep)
    {
        stage.Say($"Still running: web at {town.Web}, registry at {address}. Ctrl-C ends it.");
        await Task.Delay(Timeout.Infinite, stop.Token).ContinueWith(_ => { }, TaskScheduler.Default);
    }
    return passed ? 0 : 1;
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    stage.Say("Stopped before the end.");
    return 130;
}
catch (Exception error) when (error is InvalidOperationException or TimeoutException or IOException or HttpRequestException or OperationCanceledException or System.Text.Json.JsonException)
{
    Console.Error.WriteLine(error is HttpRequestException ? $"{error.Message}. Is the registry at {address} running?" : error.Message);
    if (town.OutputOfWeb is { Length: > 0 } output)
        Console.Error.WriteLine($"The last that web printed:\n{output}");
    return 1;
}

void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;
    stop.Cancel();
}

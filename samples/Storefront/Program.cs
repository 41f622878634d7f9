using System.Runtime.InteropServices;
using MeshClient.DevRegistry;
using Storefront;
using Storefront.Strict;

if (PlayOptions.Parse(args) is not { } options)
    return 2;

using var stop = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop);

var stage = new Stage();
await using var registry = options.Consul is null ? await DevRegistryServer.StartAsync() : null;
var address = options.Consul ?? registry!.Address;
using var client = RegistryClient(address);
await using var town = new Town(address, client);
try
{
    stage.Say($"Starting web, 3 x catalog and 2 x pricing. Registry: {address}{(registry is null ? "" : " (development)")}");
    var passed = await FourActsAsync();
    passed &= await FifthActAsync();
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

async Task<bool> FourActsAsync()
{
    using var load = new Load();
    await town.StartAsync(strict: false, stop.Token);
    await town.WarmUpAsync(stop.Token);
    var (acts, between, feed) = await new Play(town, load, options, stage).RunAsync(stop.Token);
    stage.Report(acts, between, feed);
    return Judge(acts.All(a => a.Passed) && feed.All(c => c.Holds));
}

async Task<bool> FifthActAsync()
{
    using var load = new Load();
    var connect = new Connect(client);
    stage.Title("Act 5: mutual TLS between all services");
    if (options.Consul is not null && !await connect.IsForDevelopmentAsync(stop.Token))
    {
        stage.Say($"Left out: it replaces the root of the CA and writes intentions, and {address} is not an agent for development (consul agent -dev).");
        return true;
    }
    stage.Say("The same six services, started again with Mesh:Security:Mode = Strict and no other change of theirs. Shoppers have no certificates: "
        + "web has a second endpoint for them, in Mesh:Inbound:ExcludedEndpoints.");
    await town.StopAsync();
    await town.StartAsync(strict: true, stop.Token);
    await town.WarmUpAsync(stop.Token);
    var claims = await new StrictAct(town, load, connect, stage).PlayAsync(stop.Token);
    stage.Verdict(claims, load.Samples);
    return Judge(claims.All(c => c.Holds));
}

bool Judge(bool passed)
{
    if (!passed && town.OutputOfWeb is { Length: > 0 } output)
        stage.Say($"The last that web printed:\n{output}");
    return passed;
}

HttpClient RegistryClient(Uri registry)
{
    var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = registry, Timeout = TimeSpan.FromSeconds(10) };
    // The services read the same variable.
    if (Environment.GetEnvironmentVariable("CONSUL_HTTP_TOKEN") is { Length: > 0 } token)
        http.DefaultRequestHeaders.Add("X-Consul-Token", token);
    return http;
}

void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;
    stop.Cancel();
}

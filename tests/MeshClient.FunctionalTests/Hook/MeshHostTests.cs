using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace MeshClient.FunctionalTests.Hook;

/// <summary>A mesh in a program that has no host.</summary>
public sealed class MeshHostTests
{
    [Fact]
    public async Task It_calls_what_its_configuration_names()
    {
        await using var a = await TestServer.StartAsync("a");
        await using var mesh = await Mesh.CreateBuilder(Configuration(("Mesh:Services:catalog:Endpoints:0", $"127.0.0.1:{a.Endpoint.Port}"))).StartAsync();
        using var client = new HttpClient(mesh.CreateHandler());

        Assert.Equal("a", await client.GetStringAsync("http://catalog/"));
    }

    [Fact]
    public async Task Code_adjusts_it()
    {
        await using var a = await TestServer.StartAsync("a");
        await using var mesh = await Mesh.CreateBuilder()
            .Configure(m => m.Configure(options => options.Services["catalog"] = new() { Endpoints = [new() { Address = $"127.0.0.1:{a.Endpoint.Port}" }] }))
            .StartAsync();
        using var client = new HttpClient(mesh.CreateHandler());

        Assert.Equal("a", await client.GetStringAsync("http://catalog/"));
    }

    [Fact]
    public async Task What_it_cannot_take_ends_the_start()
    {
        var builder = Mesh.CreateBuilder(Configuration(("Mesh:Upstreams:catalog:Retry:MaxAttempts", "-1")));

        var thrown = await Assert.ThrowsAsync<OptionsValidationException>(() => builder.StartAsync());

        Assert.Contains("MaxAttempts", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Its_services_start_in_turn_and_stop_in_reverse()
    {
        var told = new List<string>();
        var builder = Mesh.CreateBuilder();
        builder.Services.AddSingleton<IHostedService>(new Told("one", told)).AddSingleton<IHostedService>(new Told("two", told));

        var mesh = await builder.StartAsync();
        await mesh.DisposeAsync();
        await mesh.DisposeAsync();

        Assert.Equal(
            ["one starting", "two starting", "one start", "two start", "one started", "two started", "two stopping", "one stopping", "two stop", "one stop", "two stopped", "one stopped"],
            told);
    }

    [Fact]
    public async Task A_start_that_fails_stops_what_has_started()
    {
        var told = new List<string>();
        var builder = Mesh.CreateBuilder();
        builder.Services.AddSingleton<IHostedService>(new Told("one", told)).AddSingleton<IHostedService>(new Told("two", told) { Fails = true });

        await Assert.ThrowsAsync<InvalidOperationException>(() => builder.StartAsync());

        Assert.Contains("one stop", told);
    }

    private static IConfiguration Configuration(params (string Key, string Value)[] values) =>
        new ConfigurationBuilder().AddInMemoryCollection(values.Select(v => KeyValuePair.Create(v.Key, (string?)v.Value))).Build();

    private sealed class Told(string name, List<string> told) : IHostedLifecycleService
    {
        public bool Fails { get; init; }

        public Task StartingAsync(CancellationToken cancellationToken) => Tell("starting");

        public Task StartAsync(CancellationToken cancellationToken) => Fails ? throw new InvalidOperationException("fails") : Tell("start");

        public Task StartedAsync(CancellationToken cancellationToken) => Tell("started");

        public Task StoppingAsync(CancellationToken cancellationToken) => Tell("stopping");

        public Task StopAsync(CancellationToken cancellationToken) => Tell("stop");

        public Task StoppedAsync(CancellationToken cancellationToken) => Tell("stopped");

        private Task Tell(string what)
        {
            told.Add($"{name} {what}");
            return Task.CompletedTask;
        }
    }
}

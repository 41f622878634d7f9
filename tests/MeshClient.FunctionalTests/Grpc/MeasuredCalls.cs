using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;

namespace MeshClient.FunctionalTests.Grpc;

/// <summary>What a server tells of its gRPC calls.</summary>
internal sealed class MeasuredCalls : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentQueue<(string? Method, string? Direction, long Count)> _messages = new();

    /// <param name="services">Those of the server.</param>
    /// <param name="name">The instrument.</param>
    public MeasuredCalls(IServiceProvider services, string name = "rpc.server.call.duration")
    {
        var meters = services.GetRequiredService<IMeterFactory>();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, meters) && instrument.Name == name)
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<double>((_, _, tags, _) =>
        {
            var all = tags.ToArray().ToDictionary(t => t.Key, t => t.Value as string);
            Assert.Equal("grpc", all["rpc.system.name"]);
            Calls.Enqueue($"{all["rpc.method"]} {all["rpc.response.status_code"]} {all.GetValueOrDefault("error.type")}");
        });
        _listener.SetMeasurementEventCallback<long>((_, count, tags, _) =>
        {
            var all = tags.ToArray().ToDictionary(t => t.Key, t => t.Value as string);
            _messages.Enqueue((all["rpc.method"], all["network.io.direction"], count));
        });
        _listener.Start();
    }

    /// <summary>Method, status and type of error of each.</summary>
    public ConcurrentQueue<string> Calls { get; } = new();

    public long MessagesOfAll => _messages.Sum(m => m.Count);

    public long Messages(string method, string direction) => _messages.Where(m => m.Method == method && m.Direction == direction).Sum(m => m.Count);

    public void Dispose() => _listener.Dispose();
}

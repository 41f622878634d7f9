using System.Reflection;
using MeshClient.Benchmarks.Quick;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Yarp.ReverseProxy.LoadBalancing;
using Yarp.ReverseProxy.Model;

namespace MeshClient.Benchmarks.Picks;

/// <summary>YARP's own power of two choices, out of as many destinations with the same calls in flight.</summary>
internal sealed class YarpScenario : Scenario
{
    public const string Policy = "Yarp.PowerOfTwoChoices";

    private readonly ServiceProvider _provider;
    private readonly ILoadBalancingPolicy _policy;
    private readonly DestinationState[] _destinations;
    private readonly HttpContext _context = new DefaultHttpContext();
    private readonly ClusterState _cluster = new("web");

    public YarpScenario(int endpoints)
        : base(Pick.NameOf(Policy, endpoints))
    {
        var services = new ServiceCollection().AddLogging();
        services.AddReverseProxy();
        _provider = services.BuildServiceProvider();
        _policy = _provider.GetServices<ILoadBalancingPolicy>().Single(policy => policy.Name == LoadBalancingPolicies.PowerOfTwoChoices);
        _destinations = [.. Pick.Endpoints(endpoints).Select((endpoint, i) => Destination(i, endpoint.InFlight))];
    }

    public override Task RunAsync(int count)
    {
        var (policy, destinations) = (_policy, _destinations);
        for (var i = 0; i < count; i++)
            Pick.Keep(policy.PickDestination(_context, _cluster, destinations));
        return Task.CompletedTask;
    }

    public override void Dispose() => _provider.Dispose();

    private static DestinationState Destination(int index, int inFlight)
    {
        var destination = new DestinationState($"web-{index}");
        // YARP counts requests where nothing outside it can.
        var counter = typeof(DestinationState).GetProperty("ConcurrencyCounter", BindingFlags.Instance | BindingFlags.NonPublic)!.GetValue(destination)!;
        var increment = counter.GetType().GetMethod("Increment")!;
        for (var call = 0; call < inFlight; call++)
            increment.Invoke(counter, null);
        return destination.ConcurrentRequestCount == inFlight
            ? destination
            : throw new InvalidOperationException($"Expected {inFlight} requests at a destination, found {destination.ConcurrentRequestCount}: YARP counts otherwise now.");
    }
}

using MeshClient.Balancing;
using MeshClient.Endpoints;
using MeshClient.Tests.Doubles;
using Microsoft.Extensions.Time.Testing;

namespace MeshClient.Tests.Balancing;

public sealed class PickerFactoryTests
{
    [Fact]
    public void Names_are_found_without_case()
    {
        var factory = new PickerFactory();
        Assert.Equal(["LeastRequest", "PeakEwma", "Random", "RingHash", "RoundRobin", "WeightedRoundRobin"], factory.Names);
        Assert.NotNull(factory.Get("leastrequest", "key"));
    }

    [Fact]
    public void An_unknown_name_is_answered_by_the_key_the_name_and_the_known_names()
    {
        var error = Assert.Throws<InvalidOperationException>(() => new PickerFactory().Get("LeastConn", "Mesh:Clusters:orders:Policy"));
        Assert.Equal(
            "Mesh:Clusters:orders:Policy: expected the name of a balancing policy (LeastRequest, PeakEwma, Random, RingHash, RoundRobin, WeightedRoundRobin), "
            + "found \"LeastConn\". Correct it, or add the policy by that name.", error.Message);
    }

    [Fact]
    public void A_user_s_own_policy_is_built_by_its_name()
    {
        var factory = new PickerFactory();
        factory.Add("LeastUsed", context => new LeastUsed(context));
        var endpoints = Make.States(3);
        endpoints[0].BeginCall();
        endpoints[2].BeginCall();
        var context = new PickerContext(endpoints, new SeededRandom(1), new FakeTimeProvider(), new BalancingOptions());
        Assert.Same(endpoints[1], factory.Get("leastUSED", "key")(context).Pick(default));
    }

    [Fact]
    public void A_policy_needs_a_name_of_its_own_and_what_builds_it()
    {
        var factory = new PickerFactory();
        var error = Assert.Throws<ArgumentException>("name", () => factory.Add("random", context => new LeastUsed(context)));
        Assert.Contains("found \"random\", which is taken", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>("name", () => factory.Add(" ", context => new LeastUsed(context)));
        Assert.Throws<ArgumentNullException>("create", () => factory.Add("LeastUsed", null!));
    }

    [Fact]
    public void A_picker_is_built_from_endpoints_draws_time_and_options()
    {
        var (random, time, options) = (new SeededRandom(1), new FakeTimeProvider(), new BalancingOptions());
        Assert.Empty(new PickerContext(default, random, time, options).Endpoints);
        Assert.Throws<ArgumentNullException>("random", () => new PickerContext([], null!, time, options));
        Assert.Throws<ArgumentNullException>("time", () => new PickerContext([], random, null!, options));
        Assert.Throws<ArgumentNullException>("options", () => new PickerContext([], random, time, null!));
    }

    [Fact]
    public void Options_out_of_range_say_the_key_what_was_expected_and_what_was_found()
    {
        Assert.Empty(new BalancingOptions().Faults("Mesh"));
        var faults = new BalancingOptions { PanicThresholdPercent = 101, SlowStartMinimumPercent = 0, SlowStartWindow = -TimeSpan.FromSeconds(1) };
        Assert.Equal(
            [
                "Mesh:SlowStartWindow: expected 00:00:00 to 01:00:00, found -00:00:01.",
                "Mesh:SlowStartMinimumPercent: expected 1 to 100, found 0.",
                "Mesh:PanicThresholdPercent: expected 0 to 100, found 101.",
            ],
            faults.Faults("Mesh"));
    }

    private sealed class LeastUsed(PickerContext context) : IPicker
    {
        public EndpointState? Pick(in PickContext pick) => context.Endpoints.MinBy(endpoint => endpoint.InFlight);
    }
}

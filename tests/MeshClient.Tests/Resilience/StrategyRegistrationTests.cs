using MeshClient.Resilience;
using Microsoft.Extensions.Time.Testing;
using Polly;

namespace MeshClient.Tests.Resilience;

public sealed class StrategyRegistrationTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly List<string> _seen = [];

    [Fact]
    public void A_service_without_strategies_has_no_pipeline()
    {
        Assert.Null(StrategyRegistration.Build([], "catalog", _time));
        Assert.Null(StrategyRegistration.Build([Adds("pricing", "a")], "catalog", _time));
        Assert.Null(StrategyRegistration.Build([Adds("catalog-2", "a")], "catalog", _time));
    }

    [Fact]
    public async Task The_strategies_of_each_and_of_the_service_are_seen_in_the_order_they_were_added()
    {
        StrategyRegistration[] all = [Adds("CATALOG", "first"), Adds("pricing", "not this"), Adds(null, "second"), Adds("catalog", "third")];
        var pipeline = StrategyRegistration.Build(all, "catalog", _time)!;
        using var response = await pipeline.ExecuteAsync(_ =>
        {
            _seen.Add("call");
            return ValueTask.FromResult(new HttpResponseMessage());
        });
        Assert.Equal(["first", "second", "third", "call"], _seen);
    }

    [Fact]
    public void Each_service_has_its_own_built_with_its_name_and_the_clock_of_the_mesh()
    {
        var built = new List<(string?, TimeProvider?)>();
        StrategyRegistration[] all = [new(null, builder => built.Add((builder.Name, builder.TimeProvider)))];
        var catalog = StrategyRegistration.Build(all, "catalog", _time);
        var pricing = StrategyRegistration.Build(all, "pricing", _time);
        Assert.NotSame(catalog, pricing);
        Assert.Equal([("catalog", _time), ("pricing", _time)], built);
    }

    private StrategyRegistration Adds(string? upstream, string name) =>
        new(upstream, builder => builder.AddStrategy(_ => new Noting(name, _seen), new NotingOptions()));

    private sealed class NotingOptions : ResilienceStrategyOptions;

    private sealed class Noting(string name, List<string> seen) : ResilienceStrategy<HttpResponseMessage>
    {
        protected override ValueTask<Outcome<HttpResponseMessage>> ExecuteCore<TState>(
            Func<ResilienceContext, TState, ValueTask<Outcome<HttpResponseMessage>>> callback, ResilienceContext context, TState state)
        {
            seen.Add(name);
            return callback(context, state);
        }
    }
}

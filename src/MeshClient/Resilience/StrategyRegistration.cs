using Polly;

namespace MeshClient.Resilience;

/// <summary>Polly strategies that the application puts around the calls to one service or to each.</summary>
/// <param name="Upstream">The mesh's name of the service; null = each.</param>
/// <param name="Configure">Adds the strategies. Called once a service, so that no state is shared between services.</param>
internal sealed record StrategyRegistration(string? Upstream, Action<ResiliencePipelineBuilder<HttpResponseMessage>> Configure)
{
    /// <summary>The strategies of a service, the first added outermost; null = there are none.</summary>
    public static ResiliencePipeline<HttpResponseMessage>? Build(IEnumerable<StrategyRegistration> all, string upstream, TimeProvider time)
    {
        StrategyRegistration[] own = [.. all.Where(s => s.Upstream is null || s.Upstream.Equals(upstream, StringComparison.OrdinalIgnoreCase))];
        if (own.Length == 0)
            return null;
        var builder = new ResiliencePipelineBuilder<HttpResponseMessage> { Name = upstream, TimeProvider = time };
        foreach (var strategies in own)
            strategies.Configure(builder);
        return builder.Build();
    }
}

using MeshClient.Endpoints;

namespace MeshClient.Balancing.Pickers;

/// <summary>The shares of endpoints by the load that they report (gRPC A58), times their weights in the registry. Immutable.</summary>
/// <remarks>
/// A reported weight is what a server could answer a second. By it alone all servers are used equally far, be they large or small; the registry's weight says how far one
/// is to be used in comparison with the others, as a canary or an instance in the state "warning" is. Endpoints that do not report have the mean.
/// </remarks>
internal sealed class ReportedWeights
{
    // As in gRPC's own implementations: no endpoint has more than ten times the mean, so that a pick takes few steps, nor less than a hundredth of it, so that it
    // still reports.
    private const double Most = 10, Least = 0.01;

    public ReportedWeights(ReadOnlySpan<EndpointState> endpoints, WeightedRoundRobinOptions options, TimeSpan now)
    {
        var registry = Weights.Of(endpoints);
        var reported = new double[endpoints.Length];
        var sum = 0.0;
        for (var i = 0; i < reported.Length; i++)
        {
            reported[i] = endpoints[i].ReportedWeight(now, options.BlackoutPeriod, options.ExpirationPeriod);
            sum += reported[i];
            if (reported[i] > 0)
                Count++;
        }
        // One alone is compared with nobody.
        Schedule = new StrideSchedule(Count < 2 ? registry : Shares(reported, sum / Count, registry));
    }

    /// <summary>How many endpoints have a reported weight that counts.</summary>
    public int Count { get; }

    /// <summary>The order by it.</summary>
    public StrideSchedule Schedule { get; }

    private static int[] Shares(double[] reported, double mean, int[] registry)
    {
        var shares = new double[reported.Length];
        for (var i = 0; i < shares.Length; i++)
            shares[i] = (reported[i] > 0 ? Math.Clamp(reported[i] / mean, Least, Most) : 1) * registry[i];
        var most = shares.Max();
        return Array.ConvertAll(shares, share => Math.Max(1, (int)Math.Round(share / most * ushort.MaxValue)));
    }
}

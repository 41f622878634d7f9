using System.Runtime.InteropServices;
using MeshClient.Endpoints;
using MeshClient.Primitives;

namespace MeshClient.Balancing.Pickers;

/// <summary>
/// Round robin by the load that endpoints report themselves (gRPC A58): each gets calls in proportion to what it could answer if it were used wholly. While fewer than
/// two report, it is <see cref="RoundRobinPicker"/>.
/// </summary>
internal sealed class WeightedRoundRobinPicker : RoundRobinPicker, IReviewedPicker
{
    /// <summary>The name of the policy.</summary>
    public const string Policy = "WeightedRoundRobin";

    private readonly EndpointState[] _endpoints;
    private readonly WeightedRoundRobinOptions _options;

    public WeightedRoundRobinPicker(PickerContext context)
        : base(context)
    {
        _endpoints = ImmutableCollectionsMarshal.AsArray(context.Endpoints)!;
        _options = context.Options.WeightedRoundRobin;
        Review(context.Time.Now());
    }

    public TimeSpan NextReview { get; private set; }

    /// <summary>How many endpoints have a reported weight that counts.</summary>
    public int Reported { get; private set; }

    public void Review(TimeSpan now)
    {
        if (now < NextReview)
            return;
        NextReview = now + _options.UpdatePeriod;
        var weights = new ReportedWeights(_endpoints, _options, now);
        Reported = weights.Count;
        Schedule = weights.Schedule;
    }
}

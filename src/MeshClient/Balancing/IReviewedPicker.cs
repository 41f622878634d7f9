namespace MeshClient.Balancing;

/// <summary>A picker that goes by what changes without the set of endpoints: looked after off the path of calls, one review at a time.</summary>
internal interface IReviewedPicker
{
    /// <summary>When it wants to be reviewed next.</summary>
    TimeSpan NextReview { get; }

    /// <summary>Takes in how the endpoints are now.</summary>
    void Review(TimeSpan now);
}

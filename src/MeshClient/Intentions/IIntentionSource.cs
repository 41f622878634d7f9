namespace MeshClient.Intentions;

/// <summary>What a source says: one of <see cref="Known"/> and <see cref="Fault"/>.</summary>
internal abstract record IntentionUpdate
{
    private IntentionUpdate()
    {
    }

    /// <summary>The intentions in place of those before.</summary>
    /// <param name="Value">All of them.</param>
    public sealed record Known(IntentionSet Value) : IntentionUpdate;

    /// <summary>The source could not be read; what is in use stays in use.</summary>
    /// <param name="Reason">What went wrong and the remedy, in one sentence.</param>
    /// <param name="Exception">The cause, if there is one.</param>
    public sealed record Fault(string Reason, Exception? Exception = null) : IntentionUpdate
    {
        /// <summary>What went wrong, as a tag of metrics.</summary>
        public string ErrorType { get; init; } = Exception?.GetType().FullName ?? "_OTHER";
    }
}

/// <summary>Where this process gets the intentions about itself from.</summary>
internal interface IIntentionSource
{
    /// <summary>
    /// Watches the intentions until cancelled. The first update comes as soon as the source answers; later ones when something changed. A fault does not
    /// end the stream.
    /// </summary>
    /// <param name="cancellationToken">Ends the stream.</param>
    /// <returns>The updates. A stream that ends or throws is started again by its reader.</returns>
    IAsyncEnumerable<IntentionUpdate> WatchAsync(CancellationToken cancellationToken);
}

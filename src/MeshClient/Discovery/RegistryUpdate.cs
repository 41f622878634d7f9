using MeshClient.Model;

namespace MeshClient.Discovery;

/// <summary>What a registry says of a service: one of <see cref="Snapshot"/>, <see cref="Fault"/> and <see cref="Stale"/>.</summary>
public abstract record RegistryUpdate
{
    private RegistryUpdate()
    {
    }

    /// <summary>The value of the tag <c>mesh.discovery.update.type</c>.</summary>
    internal abstract string TagValue { get; }

    /// <summary>The complete set of instances, in place of all that was said before.</summary>
    /// <param name="Value">The set.</param>
    public sealed record Snapshot(ServiceSnapshot Value) : RegistryUpdate
    {
        internal override string TagValue => "snapshot";
    }

    /// <summary>The registry could not be read; the last good set serves on.</summary>
    /// <param name="Reason">What went wrong and the remedy, in one sentence, for logs and errors.</param>
    /// <param name="Exception">The cause, if there is one.</param>
    public sealed record Fault(string Reason, Exception? Exception = null) : RegistryUpdate
    {
        /// <summary>
        /// The kind of the fault for the measurement <c>mesh.discovery.errors</c>, one of few. Default: the type of <see cref="Exception"/>,
        /// or <c>_OTHER</c> where there is none.
        /// </summary>
        public string ErrorType { get; init; } = Exception?.GetType().FullName ?? "_OTHER";

        internal override string TagValue => "fault";
    }

    /// <summary>The registry answers, but what it says may be old; the last good set serves on.</summary>
    /// <param name="Since">Since when it may be old.</param>
    /// <param name="Reason">Why, in one sentence.</param>
    public sealed record Stale(DateTimeOffset Since, string Reason) : RegistryUpdate
    {
        internal override string TagValue => "stale";
    }

    /// <summary>A set that was kept from before the start, for as long as the registry has told none. Only readers without a set take it.</summary>
    /// <param name="Value">The set.</param>
    /// <param name="Since">When the registry confirmed it for the last time.</param>
    /// <param name="Reason">Why it is needed, in one sentence.</param>
    internal sealed record Restored(ServiceSnapshot Value, DateTimeOffset Since, string Reason) : RegistryUpdate
    {
        internal override string TagValue => "restored";
    }
}

using System.Collections.Concurrent;

namespace MeshClient.Consul.Registration;

/// <summary>
/// The instances that this process has registered, by agent and ID. Consul itself lets the last one win, so two hosts of one process that
/// register the same instance would take it from each other unheard, and the first to stop would take it from both.
/// </summary>
internal sealed class InstanceClaims(string agent)
{
    // Of the process and not of a container: hosts share nothing else.
    private static readonly ConcurrentDictionary<(string Agent, string Id), InstanceClaims> s_taken = new();

    /// <summary>Takes an ID for this host, or says that another has it.</summary>
    public bool TryTake(string id) => s_taken.GetOrAdd((agent, id), this) == this;

    /// <summary>Gives an ID back, if it is this host's.</summary>
    public void Release(string id) => s_taken.TryRemove(KeyValuePair.Create((agent, id), this));
}

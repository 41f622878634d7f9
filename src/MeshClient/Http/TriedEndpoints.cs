using System.Collections.Immutable;
using MeshClient.Endpoints;

namespace MeshClient.Http;

/// <summary>The endpoints that the attempts of a call went to. Thread-safe: hedges may begin beside each other.</summary>
internal sealed class TriedEndpoints
{
    private ImmutableArray<EndpointState> _endpoints = [];
    private TaskCompletionSource? _begun;

    public int Count => _endpoints.Length;

    public ReadOnlySpan<EndpointState> Span => _endpoints.AsSpan();

    /// <summary>Whether an attempt has been answered and those still under way are broken off.</summary>
    public bool IsDecided { get; private set; }

    /// <summary>The answer of one attempt is taken.</summary>
    public void Decide() => IsDecided = true;

    /// <summary>Ends once an attempt has an endpoint; until then it waits for a place under the limits, and a hedge would only wait beside it.</summary>
    public Task WaitUntilBegunAsync()
    {
        var begun = Interlocked.CompareExchange(ref _begun, new(TaskCreationOptions.RunContinuationsAsynchronously), null) ?? _begun;
        if (Count > 0)
            begun.TrySetResult();
        return begun.Task;
    }

    public void Add(EndpointState endpoint)
    {
        ImmutableInterlocked.Update(ref _endpoints, static (all, one) => all.Add(one), endpoint);
        Volatile.Read(ref _begun)?.TrySetResult();
    }
}

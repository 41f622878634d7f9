using System.Collections.Immutable;
using MeshClient.Endpoints;

namespace MeshClient.Http;

/// <summary>The endpoints that the attempts of a call went to. Thread-safe: hedges may begin beside each other.</summary>
internal sealed class TriedEndpoints
{
    private ImmutableArray<EndpointState> _endpoints = [];

    public int Count => _endpoints.Length;

    public ReadOnlySpan<EndpointState> Span => _endpoints.AsSpan();

    public void Add(EndpointState endpoint) => ImmutableInterlocked.Update(ref _endpoints, static (all, one) => all.Add(one), endpoint);
}

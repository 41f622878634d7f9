namespace MeshClient.Benchmarks.MutualTls;

/// <summary>One way to have clients and a server that prove their identities to each other.</summary>
internal interface ISide : IAsyncDisposable
{
    /// <summary>Clients with connections of their own.</summary>
    IReadOnlyList<HttpClient> Clients { get; }
}

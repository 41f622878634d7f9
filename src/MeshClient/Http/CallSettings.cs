namespace MeshClient.Http;

/// <summary>What one request asks of the mesh, read once.</summary>
/// <param name="Timeout">Its own time; null = the service's.</param>
/// <param name="NoRetry">Whether at most one attempt is made.</param>
/// <param name="Idempotent">Whether it may be sent twice; null = as its method says.</param>
/// <param name="HashKey">What a hashing policy goes by.</param>
/// <param name="Wish">The endpoint it wishes for.</param>
/// <param name="Report">What is told of the call.</param>
internal sealed record CallSettings(
    TimeSpan? Timeout, bool NoRetry, bool? Idempotent, string? HashKey, EndpointWish? Wish, CallReport? Report)
{
    private static volatile bool s_keysAreUsed;

    /// <summary>Whether any request of the process can ask for anything: the keys are in the hands of somebody.</summary>
    public static bool KeysAreUsed
    {
        get => s_keysAreUsed;
        set => s_keysAreUsed = value;
    }

    /// <summary>What the request asks for; null = nothing.</summary>
    public static CallSettings? Of(HttpRequestMessage request) => s_keysAreUsed ? Read(request.Options) : null;

    private static CallSettings? Read(HttpRequestOptions options)
    {
        var settings = new CallSettings(
            options.TryGetValue(MeshRequestOptions.Timeout, out var timeout) ? MeshRequestOptions.CheckedTimeout(timeout) : null,
            options.TryGetValue(MeshRequestOptions.NoRetry, out var noRetry) && noRetry,
            options.TryGetValue(MeshRequestOptions.Idempotent, out var idempotent) ? idempotent : null,
            options.TryGetValue(MeshRequestOptions.HashKey, out var hashKey) ? hashKey : null,
            options.TryGetValue(MeshRequestOptions.Endpoint, out var wish) ? wish : null,
            options.TryGetValue(MeshRequestOptions.Report, out var report) ? report : null);
        return settings == s_none ? null : settings;
    }

    private static readonly CallSettings s_none = new(null, false, null, null, null, null);
}

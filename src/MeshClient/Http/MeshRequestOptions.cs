namespace MeshClient.Http;

/// <summary>
/// What one request asks of the mesh, as keys of <see cref="HttpRequestMessage.Options"/>; <see cref="MeshRequestExtensions"/> sets them.
/// </summary>
/// <remarks>
/// Take the keys from here: a key made elsewhere of the same text is not looked for while nobody has used this class, for looking
/// costs each call the dictionary behind <see cref="HttpRequestMessage.Options"/>.
/// </remarks>
public static class MeshRequestOptions
{
    // An explicit constructor, so that the first use of a key, and nothing earlier, runs it.
    static MeshRequestOptions() => CallSettings.KeysAreUsed = true;

    /// <summary>The most time from the call to the headers of its answer, in place of the service's <c>Timeout</c>. Over zero.</summary>
    public static readonly HttpRequestOptionsKey<TimeSpan> Timeout = new("MeshClient.Timeout");

    /// <summary>True = at most one attempt is made, and no hedge.</summary>
    public static readonly HttpRequestOptionsKey<bool> NoRetry = new("MeshClient.NoRetry");

    /// <summary>True = sending the request twice has the effect of sending it once, whatever its method says; false = it has not.</summary>
    public static readonly HttpRequestOptionsKey<bool> Idempotent = new("MeshClient.Idempotent");

    /// <summary>What a policy that hashes (<c>RingHash</c>) chooses the endpoint by; other policies ignore it.</summary>
    public static readonly HttpRequestOptionsKey<string> HashKey = new("MeshClient.HashKey");

    /// <summary>The endpoint to send the first attempt to, by its instance ID or <c>host:port</c>, if it is available.</summary>
    public static readonly HttpRequestOptionsKey<EndpointWish> Endpoint = new("MeshClient.Endpoint");

    internal static TimeSpan CheckedTimeout(TimeSpan timeout) => timeout > TimeSpan.Zero && timeout <= Primitives.Ranges.Longest
        ? timeout
        : throw new ArgumentOutOfRangeException(nameof(timeout), timeout, "Expected as the timeout of a call a time over zero and at most one day.");

    /// <summary>Filled in by the call.</summary>
    public static readonly HttpRequestOptionsKey<CallReport> Report = new("MeshClient.Report");
}

/// <summary>An endpoint that a request wishes for.</summary>
/// <param name="Id">Its instance ID, or its <c>host:port</c> (IPv6 in brackets).</param>
/// <param name="IsRequired">True = no other will do: the call fails rather than go elsewhere. False = others are used where this one is not available.</param>
public readonly record struct EndpointWish(string Id, bool IsRequired);

/// <summary>What one request asks of the mesh, and what the mesh did with it.</summary>
public static class MeshRequestExtensions
{
    /// <summary>Gives the call its own time from its start to the headers of its answer, retries included, in place of the service's <c>Timeout</c>.</summary>
    /// <param name="request">The request.</param>
    /// <param name="timeout">Over zero, at most a day.</param>
    /// <returns>The request.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The time is not in that range.</exception>
    public static HttpRequestMessage SetMeshTimeout(this HttpRequestMessage request, TimeSpan timeout)
    {
        return Set(request, MeshRequestOptions.Timeout, MeshRequestOptions.CheckedTimeout(timeout));
    }

    /// <summary>Makes at most one attempt.</summary>
    /// <param name="request">The request.</param>
    /// <returns>The request.</returns>
    public static HttpRequestMessage DisableMeshRetry(this HttpRequestMessage request) => Set(request, MeshRequestOptions.NoRetry, true);

    /// <summary>
    /// Says that sending the request twice has the effect of sending it once, so that a POST with an idempotency key, say, is retried like a PUT. Its
    /// body must still be repeatable.
    /// </summary>
    /// <param name="request">The request.</param>
    /// <param name="isIdempotent">False takes the promise of an idempotent method back.</param>
    /// <returns>The request.</returns>
    public static HttpRequestMessage SetMeshIdempotent(this HttpRequestMessage request, bool isIdempotent = true) =>
        Set(request, MeshRequestOptions.Idempotent, isIdempotent);

    /// <summary>Sets what a policy that hashes chooses the endpoint by, such as a user's ID; other policies ignore it.</summary>
    /// <param name="request">The request.</param>
    /// <param name="key">The key; not empty.</param>
    /// <returns>The request.</returns>
    /// <exception cref="ArgumentException">The key is empty.</exception>
    public static HttpRequestMessage SetMeshHashKey(this HttpRequestMessage request, string key)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        return Set(request, MeshRequestOptions.HashKey, key);
    }

    /// <summary>Wishes for an endpoint; retries go to others unless it is required.</summary>
    /// <param name="request">The request.</param>
    /// <param name="endpoint">Its instance ID, or its <c>host:port</c> (IPv6 in brackets).</param>
    /// <param name="isRequired">True = the call fails where the endpoint is not available. Default false: it goes elsewhere.</param>
    /// <returns>The request.</returns>
    /// <exception cref="ArgumentException">The endpoint is empty.</exception>
    public static HttpRequestMessage SetMeshEndpoint(this HttpRequestMessage request, string endpoint, bool isRequired = false)
    {
        ArgumentException.ThrowIfNullOrEmpty(endpoint);
        return Set(request, MeshRequestOptions.Endpoint, new EndpointWish(endpoint, isRequired));
    }

    /// <summary>Asks for a report of the call, which also tells of one that throws.</summary>
    /// <param name="request">The request.</param>
    /// <returns>The report, empty until the call has ended.</returns>
    public static CallReport ReportMeshCall(this HttpRequestMessage request)
    {
        var report = new CallReport();
        Set(request, MeshRequestOptions.Report, report);
        return report;
    }

    /// <summary>What the mesh did with the call that this is the answer of.</summary>
    /// <param name="response">The answer.</param>
    /// <returns>The report; null = the answer did not come through the mesh, or its content has been replaced since.</returns>
    public static CallReport? GetMeshCall(this HttpResponseMessage response)
    {
        ArgumentNullException.ThrowIfNull(response);
        return (response.Content as Attempt)?.ReportOf(response);
    }

    private static HttpRequestMessage Set<T>(HttpRequestMessage request, HttpRequestOptionsKey<T> key, T value)
    {
        ArgumentNullException.ThrowIfNull(request);
        request.Options.Set(key, value);
        return request;
    }
}

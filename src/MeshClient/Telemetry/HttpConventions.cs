namespace MeshClient.Telemetry;

/// <summary>How OpenTelemetry's conventions for HTTP clients, and .NET's own signals by them, write what a request and its end are.</summary>
internal static class HttpConventions
{
    /// <summary>What stands for a value that the conventions do not name.</summary>
    public const string Other = "_OTHER";

    private static readonly HttpMethod[] s_methods =
    [
        HttpMethod.Get, HttpMethod.Post, HttpMethod.Put, HttpMethod.Delete, HttpMethod.Head, HttpMethod.Options, HttpMethod.Patch, HttpMethod.Trace,
        HttpMethod.Connect, new("QUERY"),
    ];

    /// <summary>The method; <see cref="Other"/> for one that no standard names, since anybody can invent those.</summary>
    public static string MethodOf(HttpMethod method)
    {
        foreach (var known in s_methods)
        {
            if (known.Equals(method))
                return known.Method;
        }
        return Other;
    }

    /// <summary>The URL without user and fragment, and with <c>*</c> in place of its query: they may hold what no trace should.</summary>
    public static string UrlOf(Uri uri)
    {
        // The Uri keeps this text, so that a call and its attempts share it.
        if (uri is { UserInfo.Length: 0, Query.Length: <= 1, Fragment.Length: 0 })
            return uri.AbsoluteUri;
        var url = uri.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);
        return uri.Query.Length > 1 ? url + "?*" : url;
    }

    /// <summary>The version of HTTP, as <c>network.protocol.version</c> has it.</summary>
    public static string VersionOf(Version version) => (version.Major, version.Minor) switch
    {
        (1, 0) => "1.0",
        (1, 1) => "1.1",
        (2, 0) => "2",
        (3, 0) => "3",
        _ => version.ToString(),
    };

    /// <summary>What went wrong where there is no answer, in the words of .NET's <c>http.client.request.duration</c>.</summary>
    public static string ErrorTypeOf(Exception? error) =>
        // An exception of a type of its own, such as the mesh's, tells more by its name.
        error is HttpRequestException { HttpRequestError: not HttpRequestError.Unknown } http && http.GetType() == typeof(HttpRequestException)
            ? TagValue.Of(http.HttpRequestError)
            : error?.GetType().FullName ?? Other;
}

namespace MeshClient.Consul;

/// <summary>Where the agent listens.</summary>
internal readonly record struct ConsulAddress(Uri Uri, string? UnixSocket)
{
    private const string Expected = "Expected \"http://host:port\", \"https://host:port\", \"host:port\" or \"unix:///path\"";

    public static bool TryParse(string text, bool tls, out ConsulAddress address, out string error)
    {
        address = default;
        error = "";
        if (text.StartsWith("unix://", StringComparison.OrdinalIgnoreCase))
        {
            var path = text["unix://".Length..];
            if (path is ['/', _, ..])
                address = new ConsulAddress(new Uri("http://localhost"), path);
            else
                error = $"{Expected}, found \"{text}\": write the absolute path of the socket.";
            return error.Length == 0;
        }
        var full = text.Contains("://", StringComparison.Ordinal) ? text : $"{(tls ? "https" : "http")}://{text}";
        if (!Uri.TryCreate(full, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") || uri.Host.Length == 0)
            error = $"{Expected}, found \"{text}\".";
        else if (uri.AbsolutePath != "/" || uri.Query.Length > 0 || uri.UserInfo.Length > 0)
            error = $"{Expected}, found \"{text}\": leave out paths, queries and user names.";
        else
            address = new ConsulAddress(WithConsulPort(uri, full), null);
        return error.Length == 0;
    }

    // "http://consul" means Consul's port, as in Consul's own tools, unless the port of the scheme is written out.
    private static Uri WithConsulPort(Uri uri, string text) =>
        uri.IsDefaultPort && !text.TrimEnd('/').EndsWith($":{uri.Port}", StringComparison.Ordinal)
            ? new UriBuilder(uri) { Port = uri.Scheme == "https" ? 8501 : 8500 }.Uri
            : uri;
}

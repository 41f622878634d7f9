using Microsoft.Extensions.Primitives;

namespace MeshClient.Matching;

/// <summary>Reads a header of a request; no values = it has none of that name.</summary>
/// <param name="headers">The request's headers, as <see cref="RequestFacts"/> was given them.</param>
/// <param name="name">The name, in any case.</param>
internal delegate StringValues HeaderReader(object headers, string name);

/// <summary>What is matched of a request, taken from it without a copy.</summary>
internal readonly ref struct RequestFacts
{
    private readonly object? _headers;
    private readonly HeaderReader? _read;

    /// <summary>Takes the facts of a request.</summary>
    /// <param name="method">The method as it was sent.</param>
    /// <param name="target">The target as it was sent, before anything was decoded: <c>/a%20b?c=d</c>.</param>
    /// <param name="headers">The headers; null = there are none.</param>
    /// <param name="read">Reads them; one static delegate for all requests costs nothing.</param>
    public RequestFacts(ReadOnlySpan<char> method, ReadOnlySpan<char> target, object? headers = null, HeaderReader? read = null)
    {
        Method = method;
        Target = target;
        _headers = headers;
        _read = read;
    }

    public ReadOnlySpan<char> Method { get; }

    public ReadOnlySpan<char> Target { get; }

    public StringValues Header(string name) => _headers is null || _read is null ? default : _read(_headers, name);
}

/// <summary>How much a match may take for the same.</summary>
internal enum Reading
{
    /// <summary>As Consul's own proxy reads a request: case counts in paths and methods, and several values of a header are one, joined by commas.</summary>
    Exact,

    /// <summary>
    /// As anything behind might read it: routing in ASP.NET Core ignores case in paths and methods and a slash at the end of a path, and an application may
    /// look at any one value of a header. What is denied must be denied in each spelling.
    /// </summary>
    Wide,
}

using System.Collections.Frozen;
using MeshClient.Model;

namespace MeshClient.Routing;

/// <summary>
/// Which hosts are the mesh's: the declared names, <c>&lt;service&gt;.mesh</c>, and bare single labels where that is switched on. IP addresses,
/// localhost and dotted names never are. Immutable.
/// </summary>
internal sealed class MeshNames
{
    private const string Suffix = ".mesh";

    private readonly FrozenDictionary<string, string> _declared;
    private readonly bool _bareNames;

    private readonly bool _enabled;

    /// <param name="declared">The names under <c>Mesh:Upstreams</c> and <c>Mesh:Services</c>.</param>
    /// <param name="bareNames">Whether every host of a single label is the mesh's.</param>
    /// <param name="enabled">False = nothing is the mesh's.</param>
    public MeshNames(IEnumerable<string> declared, bool bareNames, bool enabled = true)
    {
        _enabled = enabled;
        _declared = declared.Distinct(StringComparer.OrdinalIgnoreCase).ToFrozenDictionary(name => name, StringComparer.OrdinalIgnoreCase);
        _bareNames = bareNames;
    }

    /// <summary>A table by which nothing is the mesh's.</summary>
    public static MeshNames None { get; } = new([], bareNames: false, enabled: false);

    /// <summary>The declared names.</summary>
    public IReadOnlyCollection<string> Declared => _declared.Values;

    /// <summary>Whether a name is declared.</summary>
    public bool IsDeclared(string name) => _declared.ContainsKey(name);

    /// <summary>The mesh's name for the host of a URL, as declared; null = not the mesh's.</summary>
    /// <exception cref="HttpRequestException">The host is the mesh's but the URL cannot be: it names a port, or more labels than a service has.</exception>
    public string? Find(Uri uri)
    {
        var host = uri.Host;
        // A name in full, as in DNS: it must not lead past the mesh.
        if (host.EndsWith('.'))
            host = host[..^1];
        if (!_declared.TryGetValue(host, out var name) && !TryUndeclared(uri, host, out name))
            return null;
        if (!uri.IsDefaultPort)
        {
            throw new HttpRequestException(
                $"\"{uri.GetLeftPart(UriPartial.Authority)}\" names a service of the mesh and a port. The port of each instance comes from the registry: "
                + $"write \"{uri.Scheme}://{host}\".");
        }
        return name;
    }

    private bool TryUndeclared(Uri uri, string host, out string? name)
    {
        name = null;
        if (!_enabled)
            return false;
        if (host.EndsWith(Suffix, StringComparison.OrdinalIgnoreCase) && host.Length > Suffix.Length)
        {
            var service = host[..^Suffix.Length];
            if (service.Contains('.', StringComparison.Ordinal))
                throw new HttpRequestException($"\"{host}\" is not a service of the mesh. Expected \"<service>.mesh\" with one label before \".mesh\".");
            if (!ServiceName.IsValid(service))
                throw new HttpRequestException($"\"{host}\" is not a service of the mesh. Expected 1 to 255 characters with no white space before \".mesh\".");
            name = _declared.TryGetValue(service, out var declared) ? declared : service;
            return true;
        }
        if (!_bareNames || !ServiceName.IsValid(host) || uri.HostNameType is not (UriHostNameType.Dns or UriHostNameType.Basic)
            || host.Contains('.', StringComparison.Ordinal) || host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
            return false;
        name = host;
        return true;
    }
}

using System.Collections.Frozen;

namespace MeshClient.Grpc;

/// <summary>A set of methods, each by its name, <c>package.Service/Method</c>, or by that of its service, <c>package.Service/*</c>.</summary>
internal sealed class GrpcMethods(IEnumerable<string> names)
{
    private readonly FrozenSet<string> _names = names.ToFrozenSet(StringComparer.Ordinal);

    /// <param name="path">The path of a call: <c>/package.Service/Method</c>.</param>
    public bool Contains(ReadOnlySpan<char> path)
    {
        var lookup = _names.GetAlternateLookup<ReadOnlySpan<char>>();
        var name = path.TrimStart('/');
        if (lookup.Contains(name))
            return true;
        var slash = name.LastIndexOf('/');
        if (slash < 0 || slash > 250)
            return false;
        Span<char> all = stackalloc char[slash + 2];
        name[..slash].CopyTo(all);
        "/*".CopyTo(all[slash..]);
        return lookup.Contains(all);
    }
}

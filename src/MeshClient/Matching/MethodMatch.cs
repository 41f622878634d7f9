using System.Collections.Immutable;

namespace MeshClient.Matching;

/// <summary>Whether a request has one of several methods.</summary>
internal sealed class MethodMatch(ImmutableArray<string> methods, Reading reading)
{
    private readonly StringComparison _comparison = reading == Reading.Wide ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;

    public bool IsMatch(ReadOnlySpan<char> method)
    {
        foreach (var one in methods)
        {
            if (method.Equals(one, _comparison))
                return true;
        }
        return false;
    }
}

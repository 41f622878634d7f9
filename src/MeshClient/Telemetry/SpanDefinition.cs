using System.Diagnostics;

namespace MeshClient.Telemetry;

/// <summary>A span of the library, as docs/telemetry.md lists it.</summary>
/// <param name="name">Its name; what stands in braces differs from span to span.</param>
/// <param name="kind">Its kind.</param>
/// <param name="description">When it begins and ends.</param>
/// <param name="attributes">The attributes it can have.</param>
internal sealed class SpanDefinition(string name, ActivityKind kind, string description, params TagDefinition[] attributes)
{
    public string Name => name;

    public ActivityKind Kind => kind;

    public string Description => description;

    public IReadOnlyList<TagDefinition> Attributes => attributes;
}

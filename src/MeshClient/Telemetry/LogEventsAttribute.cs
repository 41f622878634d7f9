namespace MeshClient.Telemetry;

/// <summary>
/// Stands on each class that declares log messages: their category and the range that their ids stay in. Ranges never overlap and an id is
/// never used for another message, so that alerts may go by it; a test holds both.
/// </summary>
/// <param name="category">The type whose name is the category.</param>
/// <param name="first">The first id of the range.</param>
/// <param name="last">The last id of the range.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
internal sealed class LogEventsAttribute(Type category, int first, int last) : Attribute
{
    public Type Category => category;

    public int First => first;

    public int Last => last;
}

namespace MeshClient.Primitives;

/// <summary>What stands behind an error: .NET tells of the end of a connection from several layers below.</summary>
internal static class Causes
{
    /// <summary>The first of a kind among an error and its causes; null = there is none.</summary>
    public static T? Find<T>(Exception? error)
        where T : Exception
    {
        while (error is not null and not T)
            error = error.InnerException;
        return (T?)error;
    }
}

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Puts single clients into the mesh or takes them out.</summary>
public static class MeshHttpClientBuilderExtensions
{
    /// <summary>
    /// Lets this client reach the services of the mesh by their names, whatever the application's default is. A client that is named several times
    /// is one client: calling it again changes nothing, and of this and <see cref="RemoveMesh"/> the last word counts.
    /// </summary>
    /// <param name="builder">The client.</param>
    /// <returns>The client.</returns>
    public static IHttpClientBuilder AddMesh(this IHttpClientBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        MeshServiceCollectionExtensions.AddMeshCore(builder.Services);
        builder.Services.Configure<MeshClientSelection>(builder.Name, selection => selection.ThisClient = true);
        return builder;
    }

    /// <summary>
    /// Takes this client out of the mesh: its requests go to its own primary handler alone. Of this and <see cref="AddMesh"/> the last word counts.
    /// </summary>
    /// <param name="builder">The client.</param>
    /// <returns>The client.</returns>
    public static IHttpClientBuilder RemoveMesh(this IHttpClientBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.Configure<MeshClientSelection>(builder.Name, selection => selection.ThisClient = false);
        return builder;
    }
}

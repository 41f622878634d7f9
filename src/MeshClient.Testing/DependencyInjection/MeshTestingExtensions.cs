using MeshClient.Configuration;
using MeshClient.Consul.Registration;
using MeshClient.Discovery;
using MeshClient.Identity;
using MeshClient.Primitives;
using MeshClient.Testing;
using MeshClient.Testing.Seam;
using MeshClient.Transport;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Http;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Puts a <see cref="TestMesh"/> in place of the registry and the network.</summary>
public static class MeshTestingExtensions
{
    /// <summary>
    /// Lets the application's mesh work on services that the test plays: nothing of it touches a registry or a socket, and the application does
    /// not register itself, and <c>Mesh:Security:Mode</c> is Off whatever the application configures. Call it before or after the application's own <c>AddMesh()</c> and <c>UseMesh()</c>, for example in
    /// <c>WebApplicationFactory</c>'s <c>ConfigureTestServices</c>. What the application configures stays in force, but for endpoints in
    /// <c>Mesh:Services</c>: their names stay the mesh's and the test plays them as well. Clients that the mesh does not apply to keep their
    /// handlers.
    /// </summary>
    /// <param name="services">The services of the application.</param>
    /// <param name="mesh">What the test plays; it may be shared by several hosts. Later calls replace earlier ones.</param>
    /// <returns>The services of the application.</returns>
    public static IServiceCollection AddMeshTesting(this IServiceCollection services, TestMesh mesh)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(mesh);
        MeshServiceCollectionExtensions.AddMeshCore(services);
        services.Replace(ServiceDescriptor.Singleton(mesh));
        services.Replace(ServiceDescriptor.Singleton<IServiceRegistry>(sp => new ScriptedRegistry(mesh, sp.GetRequiredService<TimeProvider>())));
        // Over the registry alone: endpoints that the application configures lead to real addresses.
        services.Replace(ServiceDescriptor.Singleton<IServiceWatches>(sp => new TestWatches(
            ActivatorUtilities.CreateInstance<ServiceWatches>(sp, new ScriptedRegistry(mesh, sp.GetRequiredService<TimeProvider>())),
            mesh.Feed, sp.GetRequiredService<TimeProvider>() as VirtualTime)));
        services.Replace(ServiceDescriptor.Singleton<ITransportFactory>(sp => new TestTransports(mesh, sp.GetRequiredService<TimeProvider>())));
        services.Replace(ServiceDescriptor.Singleton<IRandomSource>(new SeededRandom(mesh.Seed)));
        services.TryAddSingleton<RegistrationIsOff>();
        // There is no socket to put TLS on, and no CA or file to be asked. By the option, so that whatever reads it agrees.
        services.PostConfigure<MeshOptions>(options => options.Security.Mode = SecurityMode.Off);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHttpMessageHandlerBuilderFilter, NetworkGuard>());
        if (mesh.Time is { } time)
            services.Replace(ServiceDescriptor.Singleton(time));
        return services;
    }

    /// <inheritdoc cref="AddMeshTesting(IServiceCollection, TestMesh)"/>
    /// <param name="services">The services of the application.</param>
    /// <param name="script">Says what the test plays. The mesh is then in the container: <c>GetRequiredService&lt;TestMesh&gt;()</c>.</param>
    public static IServiceCollection AddMeshTesting(this IServiceCollection services, Action<TestMesh> script)
    {
        ArgumentNullException.ThrowIfNull(script);
        var mesh = new TestMesh();
        script(mesh);
        return services.AddMeshTesting(mesh);
    }

    /// <summary>The same as <see cref="AddMeshTesting(IServiceCollection, TestMesh)"/>, where a <see cref="MeshBuilder"/> is at hand.</summary>
    /// <param name="builder">The mesh of the application.</param>
    /// <param name="mesh">What the test plays.</param>
    /// <returns>The builder.</returns>
    public static MeshBuilder UseTestMesh(this MeshBuilder builder, TestMesh mesh)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddMeshTesting(mesh);
        return builder;
    }
}

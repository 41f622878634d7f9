using Microsoft.Extensions.Configuration;

namespace MeshClient;

/// <summary>The way into the mesh for programs that have no host of their own, such as a tool or a script.</summary>
public static class Mesh
{
    /// <summary>Begins a mesh that lives by itself. An application with a host calls <c>services.AddMesh()</c> instead and takes <see cref="IMesh"/> from its services.</summary>
    /// <param name="configuration">Where the <c>Mesh</c> section stands; null = no section: the defaults, what code sets, and Consul's environment variables.</param>
    /// <returns>A builder of the mesh.</returns>
    public static MeshHostBuilder CreateBuilder(IConfiguration? configuration = null) => new(configuration);
}

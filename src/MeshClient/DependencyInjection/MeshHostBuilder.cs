using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace MeshClient;

/// <summary>Makes a mesh for a program without a host: see <see cref="Mesh.CreateBuilder"/>.</summary>
public sealed class MeshHostBuilder
{
    internal MeshHostBuilder(IConfiguration? configuration)
    {
        if (configuration is not null)
            Services.AddSingleton(configuration);
        Services.AddMesh();
    }

    /// <summary>The services of the mesh, such as for <c>AddLogging(...)</c> or <c>AddHttpClient(...)</c>.</summary>
    public IServiceCollection Services { get; } = new ServiceCollection();

    /// <summary>Adjusts the mesh by code.</summary>
    /// <param name="configure">Adjusts it, as in <c>services.AddMesh(configure)</c>.</param>
    /// <returns>This builder.</returns>
    public MeshHostBuilder Configure(Action<MeshBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        Services.AddMesh(configure);
        return this;
    }

    /// <summary>Checks the configuration and starts the mesh.</summary>
    /// <param name="cancellationToken">Ends the start; what has been started by then is stopped.</param>
    /// <returns>The mesh, running until it is disposed.</returns>
    /// <exception cref="OptionsValidationException">The configuration holds what the mesh cannot take; the message says what, and the remedy.</exception>
    public async Task<MeshHost> StartAsync(CancellationToken cancellationToken = default)
    {
        var host = new MeshHost(Services.BuildServiceProvider());
        try
        {
            await host.StartAsync(cancellationToken).ConfigureAwait(false);
            return host;
        }
        catch
        {
            await host.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}

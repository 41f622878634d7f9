using System.Security.Cryptography;
using MeshClient.DevRegistry.Primitives;
using Microsoft.Extensions.Hosting;

namespace MeshClient.DevRegistry;

/// <summary>Holds the present run, and ends it with the application.</summary>
internal sealed class RegistryHost : IDisposable
{
    private readonly Lock gate = new();
    private readonly IRandomSource random;
    private readonly CancellationToken stopping;
    private RegistryRun current;

    public RegistryHost(DevRegistryOptions options, IHostApplicationLifetime lifetime)
    {
        options.Authority.Validate();
        Options = options;
        random = new SeededRandomSource(options.Seed ?? RandomNumberGenerator.GetInt32(int.MaxValue));
        stopping = lifetime.ApplicationStopping;
        current = new RegistryRun(options, random, stopping);
    }

    public DevRegistryOptions Options { get; }

    public RegistryRun Current => Volatile.Read(ref current);

    public void Wipe()
    {
        lock (gate)
        {
            var old = current;
            Volatile.Write(ref current, new RegistryRun(Options, random, stopping));
            old.Dispose();
        }
    }

    public void Dispose() => Current.Dispose();
}

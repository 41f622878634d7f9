using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace MeshClient.Configuration;

/// <summary>
/// Tells monitors of the options that new ones are in force: after they were found good, and not whenever the configuration was reloaded. A
/// monitor reads the options at once, and would throw bad ones at whoever reloads the configuration.
/// </summary>
internal sealed class MeshOptionsChanges(IConfiguration? configuration) : IOptionsChangeTokenSource<MeshOptions>
{
    private ConfigurationReloadToken _accepted = new();

    public string Name => Options.DefaultName;

    public IChangeToken GetChangeToken() => Volatile.Read(ref _accepted);

    /// <summary>Tells when the configuration was reloaded, be it good or bad.</summary>
    public IChangeToken GetReloadToken() => configuration?.GetReloadToken() ?? new CancellationChangeToken(CancellationToken.None);

    /// <summary>Tells the monitors.</summary>
    public void Accept() => Interlocked.Exchange(ref _accepted, new ConfigurationReloadToken()).OnReload();
}

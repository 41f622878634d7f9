using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace MeshClient.Configuration;

/// <summary>Tells when the configuration was reloaded.</summary>
internal sealed class MeshOptionsChanges(IConfiguration? configuration) : IOptionsChangeTokenSource<MeshOptions>
{
    public string Name => Options.DefaultName;

    public IChangeToken GetChangeToken() =>
        configuration?.GetSection(MeshOptions.SectionName).GetReloadToken() ?? new CancellationChangeToken(CancellationToken.None);
}

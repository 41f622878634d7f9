using MeshClient.Clusters;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace MeshClient.Configuration;

/// <summary>Binds the <c>Mesh</c> section: the upstreams' defaults (<c>*</c>) first, each upstream's own settings over them.</summary>
internal sealed class MeshOptionsBinder(IConfiguration? configuration) : IConfigureOptions<MeshOptions>
{
    public void Configure(MeshOptions options)
    {
        var section = configuration?.GetSection(MeshOptions.SectionName);
        if (section is null || !section.Exists())
            return;
        options.HasSection = true;
        section.GetSection(nameof(MeshOptions.Service)).Bind(options.Service);
        section.GetSection(nameof(MeshOptions.Consul)).Bind(options.Consul);
        options.BareNames = section.GetValue(nameof(MeshOptions.BareNames), options.BareNames);
        options.FirstSnapshotTimeout = section.GetValue(nameof(MeshOptions.FirstSnapshotTimeout), options.FirstSnapshotTimeout);
        section.GetSection(nameof(MeshOptions.Services)).Bind(options.Services);

        var upstreams = section.GetSection(nameof(MeshOptions.Upstreams));
        var defaults = upstreams.GetSection(MeshOptions.Defaults);
        foreach (var child in upstreams.GetChildren())
        {
            var upstream = new UpstreamOptions();
            defaults.Bind(upstream);
            child.Bind(upstream);
            options.Upstreams[child.Key] = upstream;
        }
    }
}

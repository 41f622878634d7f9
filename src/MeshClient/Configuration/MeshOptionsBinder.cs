using MeshClient.Clusters;
using MeshClient.Discovery;
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
        foreach (var child in section.GetSection(nameof(MeshOptions.Services)).GetChildren())
            options.Services[child.Key] = Endpoints(child);

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

    // An endpoint is an address, or an object with more to say.
    private static ServiceEndpointsOptions Endpoints(IConfigurationSection service)
    {
        var bound = new ServiceEndpointsOptions();
        foreach (var child in service.GetSection(nameof(ServiceEndpointsOptions.Endpoints)).GetChildren())
        {
            var endpoint = new EndpointOptions { Address = child.Value };
            if (child.Value is null)
                child.Bind(endpoint);
            bound.Endpoints.Add(endpoint);
        }
        return bound;
    }
}

using MeshClient.Clusters;
using MeshClient.Configuration.Schema;
using MeshClient.Discovery;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace MeshClient.Configuration;

/// <summary>The defaults of all upstreams that the application sets by code; the section's own settings go over them.</summary>
internal sealed record UpstreamDefaults(Action<UpstreamOptions> Configure);

/// <summary>
/// Binds the <c>Mesh</c> section. An upstream's settings are laid over each other: the type's defaults, those by code, those of <c>*</c>, its own.
/// </summary>
internal sealed class MeshOptionsBinder(IConfiguration? configuration, IEnumerable<UpstreamDefaults> defaults) : IConfigureOptions<MeshOptions>
{
    /// <exception cref="OptionsValidationException">A key is unknown, or what stands under it is no value of its kind.</exception>
    public void Configure(MeshOptions options)
    {
        var section = configuration?.GetSection(MeshOptions.SectionName);
        var upstreams = section?.GetSection(nameof(MeshOptions.Upstreams));
        options.NewUpstream = () => NewUpstream(upstreams?.GetSection(MeshOptions.Defaults));
        if (section is null || !section.Exists())
            return;
        // Thrown here and not left to the validator: a section that cannot be bound would trip the code that runs after this, with an error of its own.
        if (SectionCheck.Faults(section) is { Count: > 0 } faults)
            throw new OptionsValidationException(Options.DefaultName, typeof(MeshOptions), faults);
        options.HasSection = true;
        options.Keys = SectionKeys.Of(section);
        section.GetSection(nameof(MeshOptions.Service)).Bind(options.Service);
        section.GetSection(nameof(MeshOptions.Consul)).Bind(options.Consul);
        section.GetSection(nameof(MeshOptions.Snapshot)).Bind(options.Snapshot);
        section.GetSection(nameof(MeshOptions.Security)).Bind(options.Security);
        section.GetSection(nameof(MeshOptions.Inbound)).Bind(options.Inbound);
        options.BareNames = section.GetValue(nameof(MeshOptions.BareNames), options.BareNames);
        options.FirstSnapshotTimeout = section.GetValue(nameof(MeshOptions.FirstSnapshotTimeout), options.FirstSnapshotTimeout);
        foreach (var child in section.GetSection(nameof(MeshOptions.Services)).GetChildren())
            options.Services[child.Key] = Endpoints(child);
        foreach (var child in upstreams!.GetChildren())
        {
            var upstream = options.Upstreams.GetValueOrDefault(child.Key) ?? options.NewUpstream();
            options.Upstreams[child.Key] = upstream;
            child.Bind(upstream);
        }
    }

    private UpstreamOptions NewUpstream(IConfigurationSection? ofAll)
    {
        var upstream = new UpstreamOptions();
        foreach (var byCode in defaults)
            byCode.Configure(upstream);
        // Not "?.": the binder's generator does not see a conditional call.
        if (ofAll is not null)
            ofAll.Bind(upstream);
        return upstream;
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

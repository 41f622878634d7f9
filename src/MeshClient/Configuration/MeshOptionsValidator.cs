using MeshClient.Balancing;
using MeshClient.Consul;
using MeshClient.Consul.Registration;
using MeshClient.Discovery;
using MeshClient.Identity;
using MeshClient.Model;
using MeshClient.Primitives;
using Microsoft.Extensions.Options;

namespace MeshClient.Configuration;

/// <summary>The rules of the <c>Mesh</c> section. Each failure names the key, what was found, what was expected and the remedy.</summary>
internal sealed class MeshOptionsValidator(PickerFactory pickers) : IValidateOptions<MeshOptions>
{
    public ValidateOptionsResult Validate(string? name, MeshOptions options)
    {
        var failures = new List<string>();
        if (!options.Upstreams.ContainsKey(MeshOptions.Defaults))
            failures.AddRange(options.NewUpstream().Faults($"Mesh:Upstreams:{MeshOptions.Defaults}", pickers.Names));
        foreach (var (key, upstream) in options.Upstreams)
        {
            CheckName($"Mesh:Upstreams:{key}", key, failures);
            failures.AddRange(upstream.Faults($"Mesh:Upstreams:{key}", pickers.Names));
            if (key == MeshOptions.Defaults && upstream.Service is not null)
                failures.Add($"Mesh:Upstreams:{key}:Service: every upstream would be the one service \"{upstream.Service}\". Set it under the upstream it is meant for.");
        }
        foreach (var key in options.Services.Keys)
            CheckName($"Mesh:Services:{key}", key, failures);
        failures.AddRange(ConfigurationRegistry.Validate(options.Services));
        failures.AddRange(ConsulSettings.Validate(options.Consul, Environment.GetEnvironmentVariable));
        failures.AddRange(ConsulFiles.Faults(options.Consul, Environment.GetEnvironmentVariable));
        failures.AddRange(options.Snapshot.Faults($"Mesh:{nameof(MeshOptions.Snapshot)}"));
        failures.AddRange(ServiceOptionsRules.Validate(options.Service));
        failures.AddRange(SecurityOptionsRules.Validate(options.Security, options.Service.Name));
        failures.AddRange(options.Inbound.Faults());
        failures.AddRange(Ranges.Positive($"Mesh:{nameof(MeshOptions.FirstSnapshotTimeout)}", options.FirstSnapshotTimeout));
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private static void CheckName(string path, string key, List<string> failures)
    {
        if (key == MeshOptions.Defaults)
            return;
        if (key.Contains('.', StringComparison.Ordinal) || key.Equals("localhost", StringComparison.OrdinalIgnoreCase) || Uri.CheckHostName(key) != UriHostNameType.Dns
            || !ServiceName.IsValid(key))
        {
            failures.Add($"{path}: \"{key}\" cannot be a name of the mesh. Expected a single label such as \"catalog\", no localhost, dots or addresses; "
                + "where the registry's name differs, set Service beside it.");
        }
    }
}

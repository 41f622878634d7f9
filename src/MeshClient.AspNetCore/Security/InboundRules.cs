using MeshClient.Configuration;
using MeshClient.Consul.Registration;
using MeshClient.Identity;
using Microsoft.Extensions.Options;

namespace MeshClient.AspNetCore.Security;

/// <summary>The rules of options that hold for a server: the agent has no certificate to call an endpoint of the mesh with.</summary>
internal sealed class InboundRules : IValidateOptions<MeshOptions>
{
    public ValidateOptionsResult Validate(string? name, MeshOptions options)
    {
        var check = options.Service.Check;
        return options.Security.Mode == SecurityMode.Strict && IsPolled(check.Type) && !string.IsNullOrEmpty(options.Service.Name) && check.Port is null
            ? ValidateOptionsResult.Fail(CheckFault(check, "none, which is the service's"))
            : ValidateOptionsResult.Success;
    }

    public static bool IsPolled(ServiceCheckType type) => type is ServiceCheckType.Http or ServiceCheckType.Grpc or ServiceCheckType.Tcp;

    public static string CheckFault(ServiceCheckOptions check, string found) =>
        $"Mesh:Service:Check:Port: a check of the type {check.Type} is made by Consul's agent, which has no certificate and is refused where Mesh:Security:Mode is Strict. Expected "
        + $"the port of a plain endpoint under Mesh:Inbound:ExcludedEndpoints, found {found}: set it, or Mesh:Service:Check:Type to Ttl.";
}

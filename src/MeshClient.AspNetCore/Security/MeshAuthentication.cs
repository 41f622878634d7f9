using System.Security.Claims;
using System.Text.Encodings.Web;
using MeshClient.Identity;
using MeshClient.Intentions;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace MeshClient.AspNetCore.Security;

/// <summary>The authentication scheme that takes the caller's certificate of the mesh for who the user is.</summary>
public static class MeshAuthentication
{
    /// <summary>The name of the scheme.</summary>
    public const string Scheme = "Mesh";

    /// <summary>The type of the claim with the caller's SPIFFE ID, as a URI. The name of the principal is the caller's service.</summary>
    public const string SpiffeIdClaim = "mesh:spiffe_id";

    /// <summary>The type of the claim with the caller's namespace.</summary>
    public const string NamespaceClaim = "mesh:namespace";

    /// <summary>The type of the claim with the caller's admin partition; <c>default</c> where its SPIFFE ID names none.</summary>
    public const string PartitionClaim = "mesh:partition";

    /// <summary>The type of the claim with the caller's datacenter.</summary>
    public const string DatacenterClaim = "mesh:datacenter";

    /// <summary>The type of the claim with the caller's trust domain.</summary>
    public const string TrustDomainClaim = "mesh:trust_domain";

    internal static ClaimsPrincipal Principal(SpiffeId id)
    {
        var identity = new ClaimsIdentity(Scheme, ClaimTypes.Name, ClaimTypes.Role);
        Add(ClaimTypes.Name, id.Service);
        Add(SpiffeIdClaim, id.ToString());
        Add(NamespaceClaim, id.Namespace);
        Add(PartitionClaim, id.Partition ?? Intention.Default);
        Add(DatacenterClaim, id.Datacenter);
        Add(TrustDomainClaim, id.TrustDomain);
        return new ClaimsPrincipal(identity);

        void Add(string type, string value) => identity.AddClaim(new Claim(type, value, ClaimValueTypes.String, Scheme));
    }
}

/// <summary>The options of the scheme: there are none but those of every scheme.</summary>
public sealed class MeshAuthenticationOptions : AuthenticationSchemeOptions;

/// <summary>Turns the identity of a connection into a principal for each of its requests.</summary>
internal sealed class MeshAuthenticationHandler(IOptionsMonitor<MeshAuthenticationOptions> options, ILoggerFactory logger, UrlEncoder encoder)
    : AuthenticationHandler<MeshAuthenticationOptions>(options, logger, encoder)
{
    protected override Task<AuthenticateResult> HandleAuthenticateAsync() => Task.FromResult(Context.Features.Get<IMeshCaller>()?.Id is { } id
        ? AuthenticateResult.Success(new AuthenticationTicket(MeshAuthentication.Principal(id), Scheme.Name))
        : AuthenticateResult.NoResult());

    // The connection is what it is: there is nothing that a caller could answer to a challenge.
    protected override Task HandleChallengeAsync(AuthenticationProperties properties) => HandleForbiddenAsync(properties);

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties)
    {
        Response.StatusCode = StatusCodes.Status403Forbidden;
        return Task.CompletedTask;
    }
}

/// <summary>
/// Adds the scheme where the application uses authentication at all, and keeps its default: a second scheme would take it from an only one, which is the
/// default by being alone.
/// </summary>
internal sealed class MeshAuthenticationSetup(MeshSecurity security) : IPostConfigureOptions<AuthenticationOptions>
{
    public void PostConfigure(string? name, AuthenticationOptions options)
    {
        var schemes = options.Schemes.ToArray();
        if (security.Mode == SecurityMode.Off || schemes.Any(s => s.Name == MeshAuthentication.Scheme))
            return;
        if (schemes.Length == 1)
            options.DefaultScheme ??= schemes[0].Name;
        options.AddScheme<MeshAuthenticationHandler>(MeshAuthentication.Scheme, displayName: null);
    }
}

using System.Security.Cryptography.X509Certificates;

namespace Storefront.Shared;

/// <summary>Who has made a call, as the called service sees it.</summary>
/// <param name="Id">The caller's identity: its SPIFFE ID.</param>
/// <param name="Authority">The key that signed the caller's certificate; it tells one root of the CA from another.</param>
/// <param name="Serial">The number of the certificate.</param>
internal sealed record Caller(string Id, string Authority, string Serial)
{
    /// <summary>The caller of a request; null = it has proved no identity, as in plain text.</summary>
    public static Caller? Of(HttpContext context)
    {
        if (context.GetMeshCaller().Id is not { } id || context.Connection.ClientCertificate is not { } certificate)
            return null;
        var authority = certificate.Extensions.OfType<X509AuthorityKeyIdentifierExtension>().FirstOrDefault()?.KeyIdentifier;
        return new Caller(id.ToString(), Convert.ToHexStringLower(authority.GetValueOrDefault().Span), certificate.SerialNumber);
    }
}

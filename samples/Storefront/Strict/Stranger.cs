using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Storefront.Strict;

/// <summary>
/// Calls one instance without the mesh, as anybody on the network can: in plain text, or by TLS with a certificate or none. It takes whatever certificate
/// the instance shows; what it is here for is what the instance makes of it.
/// </summary>
internal sealed class Stranger : IDisposable
{
    /// <summary>In place of a status: the instance neither answered nor closed the connection.</summary>
    public const int NoAnswer = 0;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);
    private readonly HttpClient _client;
    private readonly Uri _url;
    private volatile string? _shown;

    /// <param name="instance">Where it is.</param>
    /// <param name="scheme">http = plain text.</param>
    /// <param name="certificate">What it proves itself by; null = nothing.</param>
    public Stranger(Uri instance, string scheme, X509Certificate2? certificate)
    {
        _url = new UriBuilder(instance) { Scheme = scheme, Path = "/items" }.Uri;
        _client = new HttpClient(new SocketsHttpHandler
        {
            UseProxy = false,
            SslOptions =
            {
                ClientCertificateContext = certificate is null ? null : SslStreamCertificateContext.Create(certificate, null, offline: true),
                RemoteCertificateValidationCallback = (_, shown, _, _) =>
                {
                    _shown = AuthorityOf(shown as X509Certificate2);
                    return true;
                },
            },
        })
        {
            Timeout = s_patience,
        };
    }

    /// <summary>The key that signed the certificate that the instance showed; null = it has shown none.</summary>
    public string? Shown => _shown;

    /// <summary>Calls.</summary>
    /// <returns>The status of the answer; null = there was none, the connection was closed; <see cref="NoAnswer"/>.</returns>
    public async Task<int?> CallAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var response = await _client.GetAsync(_url, cancellationToken);
            return (int)response.StatusCode;
        }
        catch (HttpRequestException)
        {
            return null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return NoAnswer;
        }
    }

    public void Dispose() => _client.Dispose();

    private static string? AuthorityOf(X509Certificate2? certificate) =>
        certificate?.Extensions.OfType<X509AuthorityKeyIdentifierExtension>().FirstOrDefault()?.KeyIdentifier is { } key ? Convert.ToHexStringLower(key.Span) : null;
}

using System.Net;
using System.Text;
using MeshClient.DevRegistry.Catalog;

namespace MeshClient.DevRegistry.Checks;

/// <summary>2xx is passing, 429 is warning, anything else is critical.</summary>
internal sealed class HttpProbe : IProbe
{
    private const int MaxOutput = 4096;

    private readonly CheckDefinition check;
    private readonly HttpClient client;

    public HttpProbe(CheckDefinition check)
    {
        this.check = check;
        var handler = new SocketsHttpHandler { UseProxy = false, UseCookies = false, PooledConnectionLifetime = TimeSpan.Zero };
        if (check.SkipTlsVerification)
        {
            handler.SslOptions.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
        }
        client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = 1024 * 1024 };
    }

    public async Task<ProbeResult> RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var request = CreateRequest();
            using var response = await client.SendAsync(request, cancellationToken).ConfigureAwait(false);
            var body = await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
            body = body.Length > MaxOutput ? body[..MaxOutput] : body;
            var code = (int)response.StatusCode;
            var status = code is >= 200 and <= 299 ? HealthStatus.Passing
                : response.StatusCode == HttpStatusCode.TooManyRequests ? HealthStatus.Warning
                : HealthStatus.Critical;
            return new(status, $"HTTP {check.Method} {check.Target}: {code} {response.ReasonPhrase} Output: {body}");
        }
        catch (Exception e) when (e is HttpRequestException or UriFormatException or FormatException or InvalidOperationException)
        {
            return new(HealthStatus.Critical, $"{check.Method} \"{check.Target}\": {e.Message}");
        }
    }

    public void Dispose() => client.Dispose();

    private HttpRequestMessage CreateRequest()
    {
        var request = new HttpRequestMessage(new HttpMethod(check.Method), check.Target);
        request.Headers.TryAddWithoutValidation("User-Agent", "Consul Health Check");
        if (check.Body.Length > 0)
        {
            request.Content = new StringContent(check.Body, Encoding.UTF8);
        }
        foreach (var (name, values) in check.Headers)
        {
            if (!request.Headers.TryAddWithoutValidation(name, values))
            {
                request.Content?.Headers.TryAddWithoutValidation(name, values);
            }
        }
        return request;
    }
}

using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using MeshClient.Identity;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace MeshClient.Benchmarks.MutualTls;

/// <summary>What one would write without the mesh: HttpClient and Kestrel with certificates that are set by hand and never renewed.</summary>
internal sealed class HandSide(WebApplication server, IReadOnlyList<HttpClient> clients) : ISide
{
    public IReadOnlyList<HttpClient> Clients => clients;

    public static async Task<HandSide> StartAsync(int clients, WorkloadIdentity serverIdentity, WorkloadIdentity clientIdentity)
    {
        var roots = new X509Certificate2Collection(clientIdentity.Bundle!.Roots.ToArray());
        var (own, caller) = (serverIdentity.Leaf!, clientIdentity.Leaf!);
        var server = Servers.Build(options => options.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(https =>
        {
            https.ServerCertificate = own.Certificate;
            https.ServerCertificateChain = own.Intermediates;
            https.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
            https.ClientCertificateValidation = (certificate, chain, _) => IsTrusted(certificate, chain, roots);
        })), Servers.AnswerAsync);
        await server.StartAsync();
        var address = new Uri(server.Urls.Single());
        return new HandSide(server, [.. Enumerable.Range(0, clients).Select(_ => CreateClient())]);

        HttpClient CreateClient() => new(new SocketsHttpHandler
        {
            SslOptions =
            {
                ClientCertificateContext = SslStreamCertificateContext.Create(caller.Certificate, caller.Intermediates, offline: true),
                RemoteCertificateValidationCallback = (_, certificate, chain, _) => IsTrusted(certificate as X509Certificate2, chain, roots),
            },
        })
        {
            BaseAddress = address,
        };
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in clients)
            client.Dispose();
        await server.StopAsync();
        await server.DisposeAsync();
    }

    private static bool IsTrusted(X509Certificate2? certificate, X509Chain? sent, X509Certificate2Collection roots)
    {
        if (certificate is null)
            return false;
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(roots);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        if (sent is not null)
            chain.ChainPolicy.ExtraStore.AddRange(sent.ChainPolicy.ExtraStore);
        return chain.Build(certificate);
    }
}

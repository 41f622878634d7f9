using System.Collections.Concurrent;
using System.Net.Security;
using MeshClient.TestKit.Certificates;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace MeshClient.FunctionalTests.Security;

/// <summary>A server by mutual TLS that takes every certificate and counts the connections that are open by each.</summary>
internal sealed class LeafServer : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, int> _open = new();
    private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TestServer _server;

    private LeafServer(TestServer server)
    {
        _server = server;
        server.Handle = AnswerAsync;
    }

    public Endpoint Endpoint => _server.Endpoint;

    /// <summary>The certificates of the callers, in the order of their requests.</summary>
    public ConcurrentQueue<string> Callers { get; } = new();

    public static async Task<LeafServer> StartAsync(TestLeaf leaf, HttpProtocols protocols)
    {
        LeafServer? self = null;
        var server = await TestServer.StartAsync(
            "catalog-1", protocols: protocols, configure: builder => builder.WebHost.UseKestrelHttpsConfiguration(), listen: options =>
            {
                options.UseHttps(new TlsHandshakeCallbackOptions
                {
                    OnConnection = _ => ValueTask.FromResult(new SslServerAuthenticationOptions
                    {
                        ServerCertificateContext = SslStreamCertificateContext.Create(leaf.Certificate, leaf.Sent, offline: true),
                        ClientCertificateRequired = true,
                        RemoteCertificateValidationCallback = (_, _, _, _) => true,
                    }),
                });
                options.Use(next => async connection =>
                {
                    var caller = connection.Features.GetRequiredFeature<ITlsConnectionFeature>().ClientCertificate!.Thumbprint;
                    self!._open.AddOrUpdate(caller, 1, (_, n) => n + 1);
                    try
                    {
                        await next(connection);
                    }
                    finally
                    {
                        self._open.AddOrUpdate(caller, 0, (_, n) => n - 1);
                    }
                });
            });
        return self = new LeafServer(server);
    }

    /// <summary>How many connections are open by a leaf.</summary>
    public int Open(TestLeaf leaf) => _open.GetValueOrDefault(leaf.Certificate.Thumbprint);

    /// <summary>Lets what waits be answered to its end: /slow before its headers, /stream after them.</summary>
    public void End() => _end.TrySetResult();

    public ValueTask DisposeAsync()
    {
        End();
        return _server.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        Callers.Enqueue(context.Connection.ClientCertificate!.Thumbprint);
        if (context.Request.Path == "/stream")
        {
            await context.Response.WriteAsync("begin ");
            await context.Response.Body.FlushAsync();
        }
        if (context.Request.Path != "/")
            await _end.Task.WaitAsync(context.RequestAborted);
        await context.Response.WriteAsync("end");
    }
}

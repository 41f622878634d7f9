using Microsoft.Extensions.Http;

namespace MeshClient.Testing.Seam;

/// <summary>
/// A request to a service of the test that comes out below the mesh was never taken for the mesh's: in production it would go to DNS. Clients
/// whose primary handler is not one of sockets are left alone: the test plays that host itself.
/// </summary>
internal sealed class NetworkGuard(TestMesh mesh) : IHttpMessageHandlerBuilderFilter
{
    public Action<HttpMessageHandlerBuilder> Configure(Action<HttpMessageHandlerBuilder> next) => builder =>
    {
        next(builder);
        if (builder.PrimaryHandler is SocketsHttpHandler or HttpClientHandler)
            builder.PrimaryHandler = new Guarded(mesh, builder.Name) { InnerHandler = builder.PrimaryHandler };
    };

    private sealed class Guarded(TestMesh mesh, string? client) : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Check(request.RequestUri);
            return base.SendAsync(request, cancellationToken);
        }

        protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Check(request.RequestUri);
            return base.Send(request, cancellationToken);
        }

        private void Check(Uri? uri)
        {
            if (uri is not { IsAbsoluteUri: true } || mesh.Services.FirstOrDefault(s => IsHost(s.Name, uri.Host)) is not { } service)
                return;
            throw new InvalidOperationException(
                $"The client \"{client}\" sent a request to {uri.GetLeftPart(UriPartial.Authority)} past the mesh, though the TestMesh plays \"{service.Name}\": "
                + $"in production it would go to the network. Declare the name in the application's configuration (Mesh:Upstreams:{service.Name}), call AddMesh(), "
                + "and see that the client is not taken out by RemoveMesh() or OnlyClientsThatAsk().");
        }

        private static bool IsHost(string service, string host) =>
            host.Equals(service, StringComparison.OrdinalIgnoreCase) || host.Equals($"{service}.mesh", StringComparison.OrdinalIgnoreCase);
    }
}

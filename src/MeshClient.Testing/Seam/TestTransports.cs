using MeshClient.Model;
using MeshClient.Transport;

namespace MeshClient.Testing.Seam;

/// <summary>Stands in for the sockets: what is sent to an endpoint goes to the instance that plays it.</summary>
internal sealed class TestTransports(TestMesh mesh, TimeProvider time) : ITransportFactory
{
    public HttpMessageHandler Create(TransportTarget target, TransportOptions options) =>
        mesh.Find(target.Endpoint) is { } instance ? new ToInstance(instance, time) : new ToNobody(mesh, target.Upstream, target.Endpoint);

    // The handler behind belongs to the test; closing this transport leaves it as it is.
    private sealed class ToInstance(TestInstance instance, TimeProvider time) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            instance.AnswerAsync(request, time, cancellationToken);

        // The caller has chosen to block; what plays an instance need not know how.
        protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken) =>
            SendAsync(request, cancellationToken).GetAwaiter().GetResult();
    }

    private sealed class ToNobody(TestMesh mesh, string upstream, Endpoint endpoint) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromException<HttpResponseMessage>(Error());

        protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken) => throw Error();

        private InvalidOperationException Error()
        {
            var service = Unscripted.ServiceOf(endpoint);
            var called = service == upstream ? $"\"{service}\"" : $"\"{service}\" (called as \"{upstream}\")";
            return new InvalidOperationException(
                $"The test called the service {called}, which its TestMesh does not play. It plays {mesh.Played()}. "
                + $"Add it with mesh.Service(\"{service}\").AddInstance(...), or without instances to test their absence.");
        }
    }
}

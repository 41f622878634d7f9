using MeshClient.Model;
using MeshClient.Transport;

namespace MeshClient.Tests.Doubles;

/// <summary>What each endpoint answers, said by the test, and what it was asked.</summary>
internal sealed class ScriptedTransports : ITransportFactory
{
    public Func<Endpoint, HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> Answer { get; set; } =
        (_, _, _) => Task.FromResult(new HttpResponseMessage());

    public List<(string InstanceId, HttpRequestMessage Request)> Sent { get; } = [];

    public List<string> Made { get; } = [];

    public List<string> Closed { get; } = [];

    public HttpMessageHandler Create(TransportTarget target, TransportOptions options)
    {
        var endpoint = target.Endpoint;
        Made.Add(endpoint.InstanceId);
        return new Handler(this, endpoint);
    }

    public void Answers(Func<Endpoint, HttpResponseMessage> answer) => Answer = (endpoint, _, _) => Task.FromResult(answer(endpoint));

    private sealed class Handler(ScriptedTransports owner, Endpoint endpoint) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            lock (owner.Sent)
                owner.Sent.Add((endpoint.InstanceId, request));
            return owner.Answer(endpoint, request, cancellationToken);
        }

        protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken) =>
            SendAsync(request, cancellationToken).GetAwaiter().GetResult();

        protected override void Dispose(bool disposing)
        {
            lock (owner.Closed)
                owner.Closed.Add(endpoint.InstanceId);
            base.Dispose(disposing);
        }
    }
}

namespace MeshClient.FunctionalTests.Kit;

/// <summary>A user's handler: it leaves its name on each request and notes the URL it saw.</summary>
internal sealed class StampHandler(string name, List<string>? seen = null) : DelegatingHandler
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Headers.Add("stamp", name);
        seen?.Add($"{name} {request.RequestUri}");
        return base.SendAsync(request, cancellationToken);
    }
}

/// <summary>A user's primary handler: it answers by itself, so that nothing leaves the process.</summary>
internal sealed class OwnPrimary : HttpMessageHandler
{
    public List<string> Seen { get; } = [];

    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken) => Answer(request);

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        Task.FromResult(Answer(request));

    private HttpResponseMessage Answer(HttpRequestMessage request)
    {
        Seen.Add(request.RequestUri!.OriginalString);
        return new HttpResponseMessage { Content = new StringContent("own primary"), RequestMessage = request };
    }
}

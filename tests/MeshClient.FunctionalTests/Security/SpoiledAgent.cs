namespace MeshClient.FunctionalTests.Security;

/// <summary>Stands before an agent and spoils its answers for leaves as the test says; everything else passes.</summary>
internal sealed class SpoiledAgent : IAsyncDisposable
{
    private const string LeafPath = "/v1/agent/connect/ca/leaf/";

    private readonly Lock _gate = new();
    private readonly HttpClient _agent;
    private readonly TestServer _front;
    private Func<string, Answer>? _spoil;
    private bool _isMended;
    private CancellationTokenSource _turn = new();

    private SpoiledAgent(Uri agent, TestServer front)
    {
        _agent = new HttpClient { BaseAddress = agent };
        _front = front;
        front.Handle = ForwardAsync;
    }

    public Uri Address => _front.Address;

    public static async Task<SpoiledAgent> StartAsync(Uri agent) => new(agent, await TestServer.StartAsync("agent"));

    /// <summary>Answers for leaves in place of the agent, from now on and those at once that wait.</summary>
    /// <param name="spoil">From the true answer to the one that is given; null = the true one.</param>
    public void Spoil(Func<string, Answer>? spoil)
    {
        CancellationTokenSource before;
        lock (_gate)
            (_spoil, before, _turn, _isMended) = (spoil, _turn, new CancellationTokenSource(), spoil is null);
        before.Cancel();
    }

    public async ValueTask DisposeAsync()
    {
        await _front.DisposeAsync();
        _agent.Dispose();
    }

    private async Task ForwardAsync(HttpContext context)
    {
        var isLeaf = context.Request.Path.StartsWithSegments(LeafPath.TrimEnd('/'), StringComparison.Ordinal);
        while (true)
        {
            Func<string, Answer>? spoil = null;
            var turn = CancellationToken.None;
            var waits = true;
            if (isLeaf)
            {
                // What is spoiled is not waited for, nor the first good answer after it.
                lock (_gate)
                    (spoil, turn, waits, _isMended) = (_spoil, _turn.Token, _spoil is null && !_isMended, false);
            }
            using var either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, turn);
            try
            {
                using var answer = await _agent.SendAsync(Copy(context.Request, withQuery: waits), either.Token);
                var body = await answer.Content.ReadAsStringAsync(either.Token);
                var given = spoil?.Invoke(body) ?? new Answer((int)answer.StatusCode, body);
                if (given.Status == 0)
                {
                    context.Abort();
                    return;
                }
                context.Response.StatusCode = given.Status;
                context.Response.ContentType = given.Status == 200 ? "application/json" : "text/plain";
                foreach (var header in answer.Headers.Where(h => h.Key.StartsWith("X-Consul", StringComparison.OrdinalIgnoreCase)))
                    context.Response.Headers[header.Key] = header.Value.ToArray();
                await context.Response.WriteAsync(given.Body, context.RequestAborted);
                return;
            }
            catch (OperationCanceledException) when (turn.IsCancellationRequested && !context.RequestAborted.IsCancellationRequested)
            {
                // The test has changed its mind.
            }
        }
    }

    private static HttpRequestMessage Copy(HttpRequest request, bool withQuery)
    {
        var copy = new HttpRequestMessage(new HttpMethod(request.Method), $"{request.Path}{(withQuery ? request.QueryString : "")}");
        if (request.ContentLength > 0)
        {
            copy.Content = new StreamContent(request.Body);
            copy.Content.Headers.TryAddWithoutValidation("Content-Type", request.ContentType);
        }
        return copy;
    }

    /// <summary>An answer.</summary>
    /// <param name="Status">Its status; 0 = the connection is cut instead.</param>
    /// <param name="Body">Its body.</param>
    internal readonly record struct Answer(int Status, string Body)
    {
        public static Answer Cut => default;
    }
}

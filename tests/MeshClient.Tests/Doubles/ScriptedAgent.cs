using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace MeshClient.Tests.Doubles;

/// <summary>A Consul agent that answers as the test scripts it, and keeps what it was asked.</summary>
internal sealed class ScriptedAgent : HttpMessageHandler
{
    public ScriptedAgent(Func<string, HttpResponseMessage> answer)
        : this((request, _) => Task.FromResult(answer(Line(request))))
    {
    }

    public ScriptedAgent(Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> answer) => Answer = answer;

    public Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> Answer { get; set; }

    /// <summary>Each request as "METHOD /path?query".</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    public ConcurrentQueue<string> Bodies { get; } = new();

    public ConcurrentQueue<string?> Tokens { get; } = new();

    public static HttpResponseMessage Json(string body, ulong? index = 10, bool leader = true, long lastContact = 0)
    {
        var response = new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        if (index is not null)
            response.Headers.Add("X-Consul-Index", index.Value.ToString(System.Globalization.CultureInfo.InvariantCulture));
        response.Headers.Add("X-Consul-Knownleader", leader ? "true" : "false");
        response.Headers.Add("X-Consul-Lastcontact", lastContact.ToString(System.Globalization.CultureInfo.InvariantCulture));
        return response;
    }

    /// <summary>An error as Consul writes it: text, and with the index 1 that must never be taken.</summary>
    public static HttpResponseMessage Error(int status, string body, TimeSpan? retryAfter = null)
    {
        var response = new HttpResponseMessage((HttpStatusCode)status) { Content = new StringContent(body, Encoding.UTF8, "text/plain") };
        response.Headers.Add("X-Consul-Index", "1");
        response.Headers.Add("X-Consul-Knownleader", "false");
        if (retryAfter is { } after)
            response.Headers.RetryAfter = new RetryConditionHeaderValue(after);
        return response;
    }

    public static HttpResponseMessage Ok() => new(HttpStatusCode.OK) { Content = new ByteArrayContent([]) };

    public static HttpRequestException Refused() => new(HttpRequestError.ConnectionError, "Connection refused (127.0.0.1:8500)");

    public int Count(string start) => Requests.Count(request => request.StartsWith(start, StringComparison.Ordinal));

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.Content is not null)
            Bodies.Enqueue(await request.Content.ReadAsStringAsync(cancellationToken));
        Tokens.Enqueue(request.Headers.TryGetValues("X-Consul-Token", out var values) ? values.Single() : null);
        Requests.Enqueue(Line(request));
        return await Answer(request, cancellationToken);
    }

    private static string Line(HttpRequestMessage request) => $"{request.Method} {request.RequestUri!.PathAndQuery}";
}

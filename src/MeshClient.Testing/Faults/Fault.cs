using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using MeshClient.Testing.Faults;
using MeshClient.Testing.Seam;

namespace MeshClient.Testing;

/// <summary>Something that happens to a call on its way to an instance, or to its answer. Injected by <see cref="TestTarget.Inject"/>; immutable.</summary>
public sealed class Fault
{
    private readonly Func<Exchange, Func<Task<HttpResponseMessage>>, Task<HttpResponseMessage>> _apply;
    private readonly string _text;

    private Fault(string text, Func<Exchange, Func<Task<HttpResponseMessage>>, Task<HttpResponseMessage>> apply) => (_text, _apply) = (text, apply);

    /// <summary>The instance answers with a status and nothing else; its handler is not asked.</summary>
    /// <param name="status">The status.</param>
    /// <param name="retryAfter">The <c>Retry-After</c> of the answer; null = none.</param>
    /// <returns>The fault.</returns>
    public static Fault Status(HttpStatusCode status, TimeSpan? retryAfter = null) =>
        Answer(_ =>
        {
            var response = new HttpResponseMessage(status) { Content = new ByteArrayContent([]) };
            if (retryAfter is { } time)
                response.Headers.RetryAfter = new RetryConditionHeaderValue(time);
            return response;
        });

    /// <inheritdoc cref="Status(HttpStatusCode, TimeSpan?)"/>
    public static Fault Status(int status, TimeSpan? retryAfter = null) => Status((HttpStatusCode)status, retryAfter);

    /// <summary>The instance answers by this function instead of its handler.</summary>
    /// <param name="answer">Makes the answer, a new one for each request.</param>
    /// <returns>The fault.</returns>
    public static Fault Answer(Func<HttpRequestMessage, HttpResponseMessage> answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        return new("answer", (exchange, _) => Task.FromResult(answer(exchange.Request)));
    }

    /// <summary>Nobody listens at the instance's address: the connection is refused, and no byte of the request leaves.</summary>
    /// <returns>The fault.</returns>
    public static Fault ConnectFailure() => new("connect failure", static (exchange, _) => Task.FromException<HttpResponseMessage>(
        new HttpRequestException(HttpRequestError.ConnectionError, $"Connection refused ({Address(exchange)}), by the test's script.")));

    /// <summary>The connection is lost after the request has left and before anything of the answer has come; its handler is not asked.</summary>
    /// <returns>The fault.</returns>
    public static Fault Reset() => new("reset", static (exchange, _) => Task.FromException<HttpResponseMessage>(
        new HttpRequestException(HttpRequestError.ResponseEnded, $"The connection to {Address(exchange)} was reset, by the test's script.",
            new IOException("Connection reset by peer"))));

    /// <summary>The transport throws what this function gives.</summary>
    /// <param name="error">Makes the exception. <see cref="HttpRequestException"/> and <see cref="IOException"/> count against the instance.</param>
    /// <returns>The fault.</returns>
    public static Fault Throw(Func<Exception> error)
    {
        ArgumentNullException.ThrowIfNull(error);
        return new("throw", (_, _) => Task.FromException<HttpResponseMessage>(error()));
    }

    /// <summary>The call reaches the instance later, by the host's clock; then it goes on.</summary>
    /// <param name="time">How much later; zero or more.</param>
    /// <returns>The fault.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The time is negative.</exception>
    public static Fault Delay(TimeSpan time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(time, TimeSpan.Zero);
        return new(string.Create(CultureInfo.InvariantCulture, $"delay of {time.TotalMilliseconds:0} ms"), async (exchange, next) =>
        {
            await exchange.WaitAsync(time).ConfigureAwait(false);
            return await next().ConfigureAwait(false);
        });
    }

    /// <summary>The instance takes the request and never answers: the call ends with a time-out, or when its caller gives up.</summary>
    /// <returns>The fault.</returns>
    public static Fault NoAnswer() => new("no answer", static async (exchange, next) =>
    {
        await exchange.WaitAsync(Timeout.InfiniteTimeSpan).ConfigureAwait(false);
        return await next().ConfigureAwait(false);
    });

    /// <summary>The instance sends the headers and the first bytes of its answer's body, and then falls silent.</summary>
    /// <param name="afterBytes">How many bytes it sends first; zero or more, all of a shorter body.</param>
    /// <returns>The fault.</returns>
    public static Fault StalledBody(int afterBytes = 0) => Cut("stalled body", afterBytes, breaks: false);

    /// <summary>The connection is lost after the headers and the first bytes of the answer's body.</summary>
    /// <param name="afterBytes">How many bytes come first; zero or more, all of a shorter body.</param>
    /// <returns>The fault.</returns>
    public static Fault BrokenBody(int afterBytes = 0) => Cut("broken body", afterBytes, breaks: true);

    /// <summary>A fault of your own.</summary>
    /// <param name="apply">Gets the request, what goes on to the instance's handler and gives its answer, and a token that is cancelled when the caller gives up.</param>
    /// <returns>The fault.</returns>
    public static Fault Of(Func<HttpRequestMessage, Func<Task<HttpResponseMessage>>, CancellationToken, Task<HttpResponseMessage>> apply)
    {
        ArgumentNullException.ThrowIfNull(apply);
        return new("fault of the test's own", (exchange, next) => apply(exchange.Request, next, exchange.CancellationToken));
    }

    /// <summary>What happens.</summary>
    /// <returns>In a few words.</returns>
    public override string ToString() => _text;

    internal Task<HttpResponseMessage> ApplyAsync(Exchange exchange, Func<Task<HttpResponseMessage>> next) => _apply(exchange, next);

    private static Fault Cut(string text, int afterBytes, bool breaks)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(afterBytes);
        return new(text, async (exchange, next) =>
        {
            var response = await next().ConfigureAwait(false);
            var body = await response.Content.ReadAsByteArrayAsync(exchange.CancellationToken).ConfigureAwait(false);
            var cut = new StreamContent(new CutStream(body.AsMemory(0, Math.Min(afterBytes, body.Length)), breaks, Address(exchange), exchange.Time));
            foreach (var header in response.Content.Headers.NonValidated)
                cut.Headers.TryAddWithoutValidation(header.Key, header.Value);
            response.Content.Dispose();
            response.Content = cut;
            return response;
        });
    }

    private static string Address(Exchange exchange) => exchange.Instance.Endpoint.ToString();
}

using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace MeshClient.Consul.Api;

/// <summary>Sends calls to the agent: token, time limit, size limit, and every failure as a <see cref="ConsulException"/>.</summary>
internal sealed class ConsulHttp(HttpMessageHandler handler, ConsulSettings settings, ConsulToken token, TimeProvider time) : IDisposable
{
    /// <summary>Decompressed: 10,000 instances are some 10 MB, so an answer beyond this is a mistake or an attack.</summary>
    public const long MaxAnswer = 64L << 20;

    private const int MaxError = 512;

    private readonly HttpMessageInvoker _invoker = new(handler);

    /// <summary>Sends a call whose answer says all by its status.</summary>
    public Task SendAsync(ConsulRequest request, CancellationToken cancellationToken) =>
        SendAsync(request, static (_, _) => Task.FromResult(true), cancellationToken);

    /// <summary>Sends a call and reads its answer while the time limit still runs. Only answers of 2xx come to <paramref name="read"/>.</summary>
    public async Task<T> SendAsync<T>(
        ConsulRequest request, Func<HttpResponseMessage, CancellationToken, Task<T>> read, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(request.Timeout, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            using var message = await ToMessageAsync(request, linked.Token).ConfigureAwait(false);
            using var response = await _invoker.SendAsync(message, linked.Token).ConfigureAwait(false);
            if (!response.IsSuccessStatusCode)
                throw await ErrorAsync(request, response, linked.Token).ConfigureAwait(false);
            return await read(response, linked.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw ConsulErrors.TimedOut(request, settings.Address, exception);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            throw ConsulErrors.Unreachable(request, settings.Address, exception);
        }
        catch (InvalidDataException exception)
        {
            throw ConsulErrors.Unreadable(request, HttpStatusCode.OK, $"a body that cannot be decompressed ({exception.Message})", exception);
        }
    }

    /// <summary>Opens the body of an answer that must be JSON.</summary>
    public static async Task<BoundedStream> OpenJsonAsync(ConsulRequest request, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        var bounded = new BoundedStream(body, MaxAnswer, request.What);
        var type = response.Content.Headers.ContentType?.MediaType;
        if (type is null || type.Contains("json", StringComparison.OrdinalIgnoreCase))
            return bounded;
        await using (bounded.ConfigureAwait(false))
        {
            await bounded.ReadAtLeastAsync(new byte[MaxError], MaxError, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
            throw ConsulErrors.Unreadable(request, response.StatusCode, $"{type}: {Shown(request, bounded)}", null);
        }
    }

    /// <summary>Reads an answer that is one JSON object.</summary>
    public static async Task<T> ReadAsync<T>(
        ConsulRequest request, HttpResponseMessage response, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        var body = await OpenJsonAsync(request, response, cancellationToken).ConfigureAwait(false);
        await using (body.ConfigureAwait(false))
        {
            try
            {
                return await JsonSerializer.DeserializeAsync(body, type, cancellationToken).ConfigureAwait(false)
                    ?? throw ConsulErrors.Unreadable(request, response.StatusCode, "null", null);
            }
            catch (JsonException exception)
            {
                throw ConsulErrors.Unreadable(request, response.StatusCode, $"{Shown(request, body)} ({exception.Message})", exception);
            }
        }
    }

    public void Dispose() => _invoker.Dispose();

    private async ValueTask<HttpRequestMessage> ToMessageAsync(ConsulRequest request, CancellationToken cancellationToken)
    {
        var message = new HttpRequestMessage(request.Method, new Uri(settings.Address, request.Path)) { Content = request.Content?.Invoke() };
        // SocketsHttpHandler verifies the certificate against Host.
        message.Headers.Host = settings.ServerName;
        if (await token.GetAsync(cancellationToken).ConfigureAwait(false) is { } value)
            message.Headers.TryAddWithoutValidation("X-Consul-Token", value);
        return message;
    }

    private async Task<ConsulException> ErrorAsync(ConsulRequest request, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        var body = new BoundedStream(stream, MaxAnswer, request.What);
        await using (body.ConfigureAwait(false))
        {
            await body.ReadAtLeastAsync(new byte[MaxError], MaxError, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
            return ConsulErrors.FromAnswer(request, response.StatusCode, body.Head, RetryAfter(response));
        }
    }

    private static string Shown(ConsulRequest request, BoundedStream body) =>
        request.AnswerIsSecret ? $"{body.Position} bytes that are not shown" : $"\"{body.Head}\"";

    private TimeSpan? RetryAfter(HttpResponseMessage response) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } when date > time.GetUtcNow() => date - time.GetUtcNow(),
        _ => null,
    };
}

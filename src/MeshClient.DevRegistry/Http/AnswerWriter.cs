using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace MeshClient.DevRegistry.Http;

/// <summary>Writes answers the way Consul does: JSON, gzip where it is accepted, errors as plain text.</summary>
internal static class AnswerWriter
{
    public static void SetQueryHeaders(HttpResponse response, ulong index, bool knownLeader, string? consistency)
    {
        SetIndex(response, index);
        var headers = response.Headers;
        headers["X-Consul-Knownleader"] = knownLeader ? "true" : "false";
        headers["X-Consul-Lastcontact"] = "0";
        if (consistency is not null)
        {
            headers["X-Consul-Effective-Consistency"] = consistency;
        }
    }

    public static void SetIndex(HttpResponse response, ulong index) =>
        response.Headers["X-Consul-Index"] = index.ToString(CultureInfo.InvariantCulture);

    public static Task WriteJsonAsync<T>(HttpContext context, T value, JsonTypeInfo<T> type) =>
        WriteAsync(context, "application/json", JsonSerializer.SerializeToUtf8Bytes(value, type));

    public static async Task WriteAsync(HttpContext context, string contentType, byte[] body)
    {
        var response = context.Response;
        response.ContentType = contentType;
        if (AcceptsGzip(context.Request))
        {
            response.Headers.ContentEncoding = "gzip";
            body = Compress(body);
        }
        response.ContentLength = body.Length;
        await response.Body.WriteAsync(body, context.RequestAborted).ConfigureAwait(false);
    }

    public static async Task WriteTextAsync(HttpContext context, int status, string text)
    {
        var body = Encoding.UTF8.GetBytes(text);
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        context.Response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await context.Response.Body.WriteAsync(body, context.RequestAborted).ConfigureAwait(false);
        }
    }

    private static bool AcceptsGzip(HttpRequest request) =>
        StringWithQualityHeaderValue.TryParseList(request.Headers.AcceptEncoding, out var codings)
        && codings.Any(static coding => coding.Value.Equals("gzip", StringComparison.OrdinalIgnoreCase) && coding.Quality is not 0);

    private static byte[] Compress(byte[] body)
    {
        using var buffer = new MemoryStream();
        using (var gzip = new GZipStream(buffer, CompressionLevel.Fastest))
        {
            gzip.Write(body);
        }
        return buffer.ToArray();
    }
}

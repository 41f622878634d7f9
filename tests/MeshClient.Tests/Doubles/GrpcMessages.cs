using System.Net.Http.Headers;
using Grpc.Core;
using Grpc.Net.Client;

namespace MeshClient.Tests.Doubles;

/// <summary>Calls of gRPC whose messages are empty, and their answers.</summary>
internal static class GrpcMessages
{
    private static readonly Marshaller<string> s_empty = Marshallers.Create(_ => Array.Empty<byte>(), _ => "");

    /// <summary>A method of the service catalog.</summary>
    public static Method<string, string> Method(MethodType type = MethodType.Unary) => new(type, "shop.Catalog", "Get", s_empty, s_empty);

    /// <summary>A channel through the mesh.</summary>
    public static GrpcChannel Channel(this MeshHarness mesh) => GrpcChannel.ForAddress("http://catalog", new GrpcChannelOptions { HttpClient = mesh.Client });

    /// <summary>A request as a gRPC client writes it.</summary>
    public static HttpRequestMessage Request(string? timeout = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "http://catalog/shop.Catalog/Get") { Version = new Version(2, 0), Content = Content(new MemoryStream(new byte[5])) };
        if (timeout is not null)
            request.Headers.TryAddWithoutValidation("grpc-timeout", timeout);
        return request;
    }

    /// <summary>An answer of one message with a status behind it, or of nothing but a status other than OK.</summary>
    public static HttpResponseMessage Answer(string status = "0", Stream? body = null)
    {
        var isOk = status == "0";
        var answer = new HttpResponseMessage { Version = new Version(2, 0), Content = Content(body ?? new MemoryStream(isOk ? new byte[5] : [])) };
        (isOk ? answer.TrailingHeaders : answer.Headers).TryAddWithoutValidation("grpc-status", status);
        return answer;
    }

    private static ByteArrayContent Content(MemoryStream body) => Typed(new ByteArrayContent(body.ToArray()));

    private static HttpContent Content(Stream body) => body is MemoryStream bytes ? Content(bytes) : Typed(new StreamContent(body));

    private static T Typed<T>(T content)
        where T : HttpContent
    {
        content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        return content;
    }
}

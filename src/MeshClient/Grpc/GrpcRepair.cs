using System.Net;
using System.Net.Http.Headers;
using MeshClient.Model;

namespace MeshClient.Grpc;

/// <summary>
/// Gives an answer without a status that gRPC knows the status UNKNOWN, as gRPC has it, and words. Left to itself, the client says CANCELLED, as if its caller had given up,
/// or hands on a number that has no name.
/// </summary>
internal static class GrpcRepair
{
    private const string Remedy = "Does a gRPC server listen there, and nothing between that changes its answers?";

    /// <summary>Repairs the headers of an answer, where they are not gRPC's. What else than 200 an answer without a status says the client translates.</summary>
    public static void Head(HttpResponseMessage response, string upstream, Endpoint endpoint)
    {
        if (response.StatusCode != HttpStatusCode.OK || GrpcRequest.IsAnswer(response))
        {
            if (GrpcAnswer.StatusOf(response.Headers) is not null)
                Status(response.Headers, upstream, endpoint);
            return;
        }
        var found = response.Content.Headers.NonValidated.TryGetValues("content-type", out var type) ? $"the content type \"{type}\"" : "no content type";
        response.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        Say(response.Headers, $"{upstream}: expected an answer of gRPC from {endpoint}, found {found}. {Remedy}");
    }

    /// <summary>Repairs what stands behind the body.</summary>
    public static void End(HttpResponseMessage response, string upstream, Endpoint endpoint) => Status(response.TrailingHeaders, upstream, endpoint);

    private static void Status(HttpResponseHeaders headers, string upstream, Endpoint endpoint)
    {
        if (!headers.NonValidated.TryGetValues(GrpcAnswer.StatusHeader, out var values))
            Say(headers, $"{upstream}: expected a grpc-status at the end of the answer of {endpoint}, found none. {Remedy}");
        else if (!GrpcCode.IsKnown(values.ToString()))
            Say(headers, $"{upstream}: expected a grpc-status of 0 to 16 from {endpoint}, found \"{values}\".");
    }

    private static void Say(HttpResponseHeaders headers, string message)
    {
        headers.Remove(GrpcAnswer.StatusHeader);
        headers.Remove("grpc-message");
        headers.TryAddWithoutValidation(GrpcAnswer.StatusHeader, "2");
        headers.TryAddWithoutValidation("grpc-message", Uri.EscapeDataString(message));
    }
}

using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace MeshClient.DevRegistry.Wire;

/// <summary>Reads bodies as strictly as Consul does: a field that it does not know is refused.</summary>
internal static class BodyReader
{
    private const string DecodeFailed = "Request decode failed: ";

    /// <param name="body">The body.</param>
    /// <param name="type">What it should hold.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    /// <param name="before">What the text of a refusal begins with.</param>
    /// <param name="failed">How this path says that a body cannot be read: Consul's are of one mind in meaning only.</param>
    public static async Task<T> ReadAsync<T>(
        Stream body, JsonTypeInfo<T> type, CancellationToken cancellationToken, string before = "", string failed = DecodeFailed)
        where T : RequestPart, new()
    {
        try
        {
            var request = await JsonSerializer.DeserializeAsync(body, type, cancellationToken).ConfigureAwait(false) ?? new T();
            if (UnknownField(request) is { } field)
            {
                throw new InvalidRequestException($"{before}{failed}json: unknown field \"{field}\"");
            }
            return request;
        }
        catch (JsonException e)
        {
            throw new InvalidRequestException(before + failed + e.Message);
        }
    }

    private static string? UnknownField(RequestPart? part) => part switch
    {
        null => null,
        { Unknown.Count: > 0 } => part.Unknown.Keys.First(),
        RegisterServiceRequest service => UnknownField(service.Weights)
            ?? UnknownField(service.Connect)
            ?? UnknownField(service.Connect?.SidecarService)
            ?? UnknownField(service.Proxy)
            ?? UnknownField(service.Check)
            ?? (service.Checks ?? []).Select(UnknownField).FirstOrDefault(static field => field is not null)
            ?? (service.TaggedAddresses ?? []).Values.Select(UnknownField).FirstOrDefault(static field => field is not null),
        _ => null,
    };
}

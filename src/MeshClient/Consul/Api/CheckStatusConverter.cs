using System.Text.Json;
using System.Text.Json.Serialization;

namespace MeshClient.Consul.Api;

/// <summary>Reads the statuses that Consul knows without a string for each of the thousands of checks in an answer.</summary>
internal sealed class CheckStatusConverter : JsonConverter<string>
{
    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType != JsonTokenType.String ? throw new JsonException($"Expected the status of a check, found {reader.TokenType}.")
        : reader.ValueTextEquals("passing"u8) ? "passing"
        : reader.ValueTextEquals("warning"u8) ? "warning"
        : reader.ValueTextEquals("critical"u8) ? "critical"
        : reader.GetString();

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);
}

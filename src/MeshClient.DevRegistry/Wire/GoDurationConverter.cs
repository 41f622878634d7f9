using System.Text.Json;
using System.Text.Json.Serialization;
using MeshClient.DevRegistry.Primitives;

namespace MeshClient.DevRegistry.Wire;

/// <summary>A duration in a body: text such as "10s", or a number of nanoseconds.</summary>
internal sealed class GoDurationConverter : JsonConverter<TimeSpan>
{
    private const long NanosecondsPerTick = 100;

    public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Number)
        {
            return TimeSpan.FromTicks(reader.GetInt64() / NanosecondsPerTick);
        }
        var text = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
        return GoDuration.TryParse(text, out var value) ? value : throw new JsonException($"time: invalid duration \"{text}\"");
    }

    public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) =>
        writer.WriteNumberValue(value.Ticks * NanosecondsPerTick);
}

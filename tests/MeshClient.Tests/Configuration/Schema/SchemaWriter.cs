using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using MeshClient.Balancing;
using MeshClient.Clusters;
using MeshClient.Configuration;
using MeshClient.Discovery;

namespace MeshClient.Tests.Configuration.Schema;

/// <summary>Writes ConfigurationSchema.json from the option types, their XML docs, their ranges and the defaults of new instances.</summary>
internal static class SchemaWriter
{
    // Stricter than TimeSpan.Parse: no bare numbers (days), no two parts, and hours below 24.
    private const string TimePattern = @"^-?(\d{1,8}\.)?([01]?\d|2[0-3]):[0-5]?\d:[0-5]?\d(\.\d{1,7})?$";

    private static readonly JsonSerializerOptions s_json = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly XmlDocs s_docs = new(typeof(MeshOptions).Assembly);

    public static string Write()
    {
        var schema = new JsonObject
        {
            ["type"] = "object",
            ["properties"] = new JsonObject { [MeshOptions.SectionName] = Section(new MeshOptions(), s_docs.Of(typeof(MeshOptions))) },
        };
        return schema.ToJsonString(s_json) + "\n";
    }

    /// <summary>The keys of an options type.</summary>
    public static IEnumerable<PropertyInfo> Keys(Type type) => type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.CanWrite);

    private static JsonObject Section(object options, string description)
    {
        var properties = new JsonObject();
        foreach (var key in Keys(options.GetType()))
            properties[key.Name] = Place(key, key.GetValue(options));
        return new JsonObject { ["type"] = "object", ["description"] = description, ["properties"] = properties, ["additionalProperties"] = false };
    }

    private static JsonObject Place(PropertyInfo key, object? value)
    {
        var description = s_docs.Of(key);
        var type = Nullable.GetUnderlyingType(key.PropertyType) ?? key.PropertyType;
        if (key.DeclaringType == typeof(UpstreamOptions) && key.Name == nameof(UpstreamOptions.LoadBalancing))
        {
            return new JsonObject
            {
                ["description"] = description,
                ["default"] = JsonValue.Create((string)value!),
                // The names for completion; any other may have been added by code.
                ["anyOf"] = new JsonArray(
                    new JsonObject { ["enum"] = Strings(new PickerFactory().Names.Order(StringComparer.Ordinal)) }, new JsonObject { ["type"] = "string" }),
            };
        }
        if (type.IsGenericType && Dictionary(type) is { } free)
            return new JsonObject { ["type"] = "object", ["description"] = description, ["additionalProperties"] = Free(free) };
        if (type.IsGenericType && typeof(IEnumerable).IsAssignableFrom(type))
            return new JsonObject { ["type"] = "array", ["description"] = description, ["items"] = Free(type.GetGenericArguments()[0]) };
        if (Scalar(type) is not { } scalar)
            return Section(value!, description);
        scalar.Insert(1, "description", description);
        if (key.GetCustomAttribute<RangeAttribute>() is { } range)
        {
            scalar["minimum"] = JsonSerializer.SerializeToNode(range.Minimum);
            scalar["maximum"] = JsonSerializer.SerializeToNode(range.Maximum);
        }
        if (value is not null)
            scalar["default"] = type.IsEnum || value is TimeSpan ? JsonValue.Create(value.ToString()) : JsonSerializer.SerializeToNode(value);
        return scalar;
    }

    // What stands under names that users choose, and in lists.
    private static JsonObject Free(Type type)
    {
        if (type == typeof(string))
            return new JsonObject { ["type"] = "string" };
        var section = Section(Activator.CreateInstance(type)!, s_docs.Of(type));
        return type != typeof(EndpointOptions)
            ? section
            : new JsonObject
            {
                ["anyOf"] = new JsonArray(new JsonObject { ["type"] = "string", ["description"] = s_docs.Of(type.GetProperty(nameof(EndpointOptions.Address))!) }, section),
            };
    }

    private static JsonObject? Scalar(Type type) => type switch
    {
        _ when type == typeof(string) => new JsonObject { ["type"] = "string" },
        _ when type == typeof(bool) => new JsonObject { ["type"] = "boolean" },
        _ when type == typeof(int) => new JsonObject { ["type"] = "integer" },
        _ when type == typeof(double) => new JsonObject { ["type"] = "number" },
        _ when type == typeof(TimeSpan) => new JsonObject { ["type"] = "string", ["pattern"] = TimePattern },
        _ when type.IsEnum => new JsonObject { ["type"] = "string", ["enum"] = Strings(Enum.GetNames(type)) },
        _ when type.Namespace!.StartsWith("System", StringComparison.Ordinal) => throw new NotSupportedException(
            $"{type} is no kind of value that the schema knows: teach it to SchemaWriter, SchemaReader and SchemaValues."),
        _ => null,
    };

    private static Type? Dictionary(Type type) =>
        type.GetGenericTypeDefinition() is var open && (open == typeof(Dictionary<,>) || open == typeof(IDictionary<,>)) ? type.GetGenericArguments()[1] : null;

    private static JsonArray Strings(IEnumerable<string> values) => [.. values.Select(v => JsonValue.Create(v))];
}

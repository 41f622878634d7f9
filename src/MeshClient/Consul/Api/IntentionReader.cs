using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json;
using MeshClient.Intentions;

namespace MeshClient.Consul.Api;

/// <summary>
/// From Consul's JSON to intentions. Whatever is not known here could decide: an intention with such a field denies whom it is about, and so does a
/// permission.
/// </summary>
internal static class IntentionReader
{
    // What decides is read below; the rest of these describes.
    private static readonly FrozenSet<string> s_fields = FrozenSet.ToFrozenSet(
    [
        "SourceName", "SourceNS", "SourcePartition", "SourcePeer", "SourceSamenessGroup", "SourceType", "DestinationName", "DestinationNS", "DestinationPartition",
        "Action", "Permissions", "JWT",
        "ID", "Description", "Meta", "Precedence", "Hash", "CreatedAt", "UpdatedAt", "CreateIndex", "ModifyIndex", "DefaultAddr", "DefaultPort",
        "LegacyID", "LegacyMeta", "LegacyCreateTime", "LegacyUpdateTime",
    ], StringComparer.Ordinal);

    /// <summary>The intentions of one service out of an answer about one or several.</summary>
    /// <exception cref="FormatException">It is no such answer.</exception>
    public static ImmutableArray<Intention> ReadMatch(JsonElement root, string service)
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty(service, out var list))
            throw new FormatException($"Expected an object with a list for \"{service}\", found {root.ValueKind}.");
        return list.ValueKind switch
        {
            JsonValueKind.Null => [],
            JsonValueKind.Array => [.. list.EnumerateArray().Select(ReadIntention).OfType<Intention>()],
            _ => throw new FormatException($"Expected a list of intentions for \"{service}\", found {list.ValueKind}."),
        };
    }

    /// <summary>An intention; null = it is about callers of a peered cluster, who have another trust domain and are never let in here.</summary>
    private static Intention? ReadIntention(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object || Text(element, "SourceName") is not { } source || Text(element, "DestinationName") is not { } destination)
            throw new FormatException("Expected an intention with SourceName and DestinationName, found one without.");
        if (Text(element, "SourcePeer") is not null)
            return null;
        var group = Text(element, "SourceSamenessGroup");
        var permissions = ReadPermissions(element, out var permissionsFault);
        return new Intention
        {
            Source = source,
            SourceNamespace = Text(element, "SourceNS") ?? Intention.Default,
            // A group may have members in any partition.
            SourcePartition = group is null ? Text(element, "SourcePartition") ?? Intention.Default : Intention.Wildcard,
            Destination = destination,
            DestinationNamespace = Text(element, "DestinationNS") ?? Intention.Default,
            Action = Text(element, "Action") == "allow" ? IntentionAction.Allow : IntentionAction.Deny,
            Permissions = permissions,
            Fault = permissionsFault ?? FaultOf(element, group, !permissions.IsEmpty),
        };
    }

    private static string? FaultOf(JsonElement element, string? group, bool hasPermissions)
    {
        if (group is not null)
            return $"Expected a source that is a service, found the sameness group \"{group}\".";
        if (Text(element, "SourceType") is { } type && type != "consul")
            return $"Expected the type of source \"consul\", found \"{type}\".";
        if (IsSet(element, "JWT"))
            return "Expected no condition on a JWT, which is not verified here, found one.";
        if (UnknownField(element) is { } field)
            return $"Expected fields of intentions that are known here, found \"{field}\", which could be a condition.";
        return (Text(element, "Action"), hasPermissions) switch
        {
            ("allow" or "deny", false) or (null, true) => null,
            (null, false) => "Expected an action or permissions, found neither.",
            ({ } action, false) => $"Expected the action \"allow\" or \"deny\", found \"{action}\".",
            (_, true) => "Expected an action or permissions, found both.",
        };
    }

    private static string? UnknownField(JsonElement element)
    {
        foreach (var property in element.EnumerateObject())
        {
            if (property.Value.ValueKind != JsonValueKind.Null && !s_fields.Contains(property.Name))
                return property.Name;
        }
        return null;
    }

    private static ImmutableArray<IntentionPermission> ReadPermissions(JsonElement intention, out string? fault)
    {
        fault = null;
        if (!IsSet(intention, "Permissions"))
            return [];
        var list = intention.GetProperty("Permissions");
        if (list.ValueKind == JsonValueKind.Array)
            return [.. list.EnumerateArray().Select(ReadPermission)];
        fault = $"Expected a list of permissions, found {list.ValueKind}.";
        return [];
    }

    private static IntentionPermission ReadPermission(JsonElement element)
    {
        try
        {
            OnlyKnows(element, "Action", "HTTP");
            var action = Text(element, "Action");
            if (action is not ("allow" or "deny"))
                throw new FormatException($"Expected the action \"allow\" or \"deny\", found \"{action}\".");
            if (!element.TryGetProperty("HTTP", out var http))
                throw new FormatException("Expected HTTP with a condition, found none.");
            OnlyKnows(http, "PathExact", "PathPrefix", "PathRegex", "Header", "Methods");
            return new IntentionPermission
            {
                Action = action == "allow" ? IntentionAction.Allow : IntentionAction.Deny,
                PathExact = Text(http, "PathExact"),
                PathPrefix = Text(http, "PathPrefix"),
                PathRegex = Text(http, "PathRegex"),
                Headers = [.. List(http, "Header").Select(ReadHeader)],
                Methods = [.. List(http, "Methods").Select(m => m.ValueKind == JsonValueKind.String
                    ? m.GetString()! : throw new FormatException($"Expected methods as texts, found {m.ValueKind}."))],
            };
        }
        catch (FormatException error)
        {
            return new IntentionPermission { Fault = error.Message };
        }
    }

    private static HeaderCondition ReadHeader(JsonElement element)
    {
        OnlyKnows(element, "Name", "Present", "Exact", "Prefix", "Suffix", "Contains", "Regex", "Invert", "IgnoreCase");
        return new HeaderCondition
        {
            Name = Text(element, "Name") ?? "",
            Present = Flag(element, "Present"),
            Exact = Text(element, "Exact"),
            Prefix = Text(element, "Prefix"),
            Suffix = Text(element, "Suffix"),
            Contains = Text(element, "Contains"),
            Regex = Text(element, "Regex"),
            Invert = Flag(element, "Invert"),
            IgnoreCase = Flag(element, "IgnoreCase"),
        };
    }

    // A field that is null says nothing; another that is not known here could be a condition that would not be kept.
    private static void OnlyKnows(JsonElement element, params ReadOnlySpan<string> names)
    {
        if (element.ValueKind != JsonValueKind.Object)
            throw new FormatException($"Expected an object, found {element.ValueKind}.");
        foreach (var property in element.EnumerateObject())
        {
            if (property.Value.ValueKind != JsonValueKind.Null && !names.Contains(property.Name))
                throw new FormatException($"Expected {string.Join(", ", names)}, found the unknown field \"{property.Name}\".");
        }
    }

    private static IEnumerable<JsonElement> List(JsonElement element, string name)
    {
        if (!IsSet(element, name))
            return [];
        var value = element.GetProperty(name);
        return value.ValueKind == JsonValueKind.Array ? value.EnumerateArray() : throw new FormatException($"Expected a list as {name}, found {value.ValueKind}.");
    }

    private static bool Flag(JsonElement element, string name) => IsSet(element, name) && element.GetProperty(name).ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        var kind => throw new FormatException($"Expected true or false as {name}, found {kind}."),
    };

    /// <summary>The text of a field; null = it is absent, null or empty, which Consul does not tell apart.</summary>
    private static string? Text(JsonElement element, string name)
    {
        if (!IsSet(element, name))
            return null;
        var value = element.GetProperty(name);
        if (value.ValueKind != JsonValueKind.String)
            throw new FormatException($"Expected a text as {name}, found {value.ValueKind}.");
        return value.GetString() is { Length: > 0 } text ? text : null;
    }

    private static bool IsSet(JsonElement element, string name) => element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null;
}

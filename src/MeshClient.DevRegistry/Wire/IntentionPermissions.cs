using System.Text.Json;

namespace MeshClient.DevRegistry.Wire;

/// <summary>
/// What newer agents than the 1.8 line take in an intention: permissions by path, header and method instead of an action. The
/// registry hands them on as they came, unknown fields included, so that tests can see what a client makes of those.
/// </summary>
internal static class IntentionPermissions
{
    public static void CheckAction(IntentionRequest request, List<string> problems)
    {
        if (request.Permissions is null)
        {
            if (!IsAction(request.Action))
            {
                problems.Add("Action must be set to 'allow' or 'deny'");
            }
            return;
        }
        if (!string.IsNullOrEmpty(request.Action))
        {
            problems.Add("Action must be omitted if Permissions are specified");
        }
        CheckList(request.Permissions.Value, problems);
    }

    private static void CheckList(JsonElement permissions, List<string> problems)
    {
        if (permissions.ValueKind != JsonValueKind.Array || permissions.GetArrayLength() == 0)
        {
            problems.Add("Permissions must be a list with at least one entry");
            return;
        }
        var number = 0;
        foreach (var permission in permissions.EnumerateArray())
        {
            var action = permission.ValueKind == JsonValueKind.Object && permission.TryGetProperty("Action", out var value)
                && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
            if (!IsAction(action))
            {
                problems.Add($"Permissions[{number}].Action must be set to 'allow' or 'deny'");
            }
            number++;
        }
    }

    private static bool IsAction(string? action) => action is "allow" or "deny";
}

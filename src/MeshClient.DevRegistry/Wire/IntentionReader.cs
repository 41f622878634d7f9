using MeshClient.DevRegistry.Intentions;

namespace MeshClient.DevRegistry.Wire;

/// <summary>Turns the body of an intention into what the store keeps, or says what is wrong with it in Consul's words.</summary>
internal static class IntentionReader
{
    private const int MaxDescription = 512;

    /// <exception cref="InvalidRequestException">Something is wrong with it.</exception>
    public static Intention Read(IntentionRequest request, string id)
    {
        var problems = new List<string>();
        var sourceNamespace = Or(request.SourceNS, Intention.DefaultNamespace);
        var destinationNamespace = Or(request.DestinationNS, Intention.DefaultNamespace);
        RequireName("SourceName", request.SourceName, problems);
        RequireName("DestinationName", request.DestinationName, problems);
        CheckWildcards("Source", sourceNamespace, request.SourceName ?? "", problems);
        CheckWildcards("Destination", destinationNamespace, request.DestinationName ?? "", problems);
        if (request.Description?.Length > MaxDescription)
        {
            problems.Add($"Description exceeds maximum length {MaxDescription}");
        }
        IntentionPermissions.CheckAction(request, problems);
        if (request.SourceType is not (null or "" or Intention.SourceTypeConsul))
        {
            problems.Add("SourceType must be set to 'consul'");
        }
        InvalidRequestException.ThrowIfAny(problems);
        return new Intention
        {
            Id = id,
            Description = request.Description ?? "",
            SourceNamespace = sourceNamespace,
            Source = request.SourceName!,
            DestinationNamespace = destinationNamespace,
            Destination = request.DestinationName!,
            Action = request.Action ?? "",
            Permissions = request.Permissions is { } list ? list.GetRawText() : "",
            Meta = new SortedDictionary<string, string>(request.Meta ?? [], StringComparer.Ordinal),
        };
    }

    private static void RequireName(string field, string? name, List<string> problems)
    {
        if (string.IsNullOrEmpty(name))
        {
            problems.Add($"{field} must be set");
        }
    }

    private static void CheckWildcards(string side, string ns, string name, List<string> problems)
    {
        if (IsPartial(ns))
        {
            problems.Add($"{side}NS: wildcard character '*' cannot be used with partial values");
        }
        if (IsPartial(name))
        {
            problems.Add($"{side}Name: wildcard character '*' cannot be used with partial values");
        }
        else if (ns == Intention.Any && name is not ("" or Intention.Any))
        {
            problems.Add($"{side}Name: exact value cannot follow wildcard namespace");
        }
    }

    private static bool IsPartial(string text) => text != Intention.Any && text.Contains('*', StringComparison.Ordinal);

    private static string Or(string? text, string otherwise) => string.IsNullOrEmpty(text) ? otherwise : text;
}

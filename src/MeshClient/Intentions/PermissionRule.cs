using System.Collections.Immutable;
using MeshClient.Matching;

namespace MeshClient.Intentions;

/// <summary>
/// A permission made ready to be matched. One that denies reads requests widely, so that no other spelling gets by; one that allows reads them
/// exactly. What cannot be understood denies.
/// </summary>
internal sealed class PermissionRule
{
    private readonly ImmutableArray<HeaderMatch> _headers = [];
    private readonly PathMatch? _path;
    private readonly MethodMatch? _methods;

    public PermissionRule(IntentionPermission permission)
    {
        var reading = permission.Action == IntentionAction.Allow ? Reading.Exact : Reading.Wide;
        try
        {
            Fault = permission.Fault ?? FaultOf(permission);
            if (Fault is not null)
                return;
            _path = Path(permission, reading);
            _headers = [.. permission.Headers.Select(h => Header(h, reading))];
            _methods = permission.Methods.IsEmpty ? null : new MethodMatch(permission.Methods, reading);
            Allows = permission.Action == IntentionAction.Allow;
        }
        catch (FormatException error)
        {
            Fault = error.Message;
        }
    }

    public bool Allows { get; }

    /// <summary>Why it denies every request that comes to it; null = it can be understood.</summary>
    public string? Fault { get; }

    public bool ReadsPath => _path is not null;

    /// <summary>Whether it is about the request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="path">Its path in the one form; without meaning unless the rule reads it.</param>
    public bool IsMatch(in RequestFacts request, ReadOnlySpan<char> path)
    {
        if (_methods is not null && !_methods.IsMatch(request.Method))
            return false;
        if (_path is not null && !_path.IsMatch(path))
            return false;
        foreach (var header in _headers)
        {
            if (!header.IsMatch(request))
                return false;
        }
        return true;
    }

    private static string? FaultOf(IntentionPermission permission)
    {
        var paths = Count(permission.PathExact, permission.PathPrefix, permission.PathRegex);
        if (paths > 1)
            return "Expected one of PathExact, PathPrefix and PathRegex, found several.";
        return paths == 0 && permission.Headers.IsEmpty && permission.Methods.IsEmpty ? "Expected a condition, found none." : null;
    }

    private static PathMatch? Path(IntentionPermission permission, Reading reading) => permission switch
    {
        { PathExact: { } exact } => new PathMatch(TextMatchKind.Exact, exact, reading),
        { PathPrefix: { } prefix } => new PathMatch(TextMatchKind.Prefix, prefix, reading),
        { PathRegex: { } regex } => new PathMatch(TextMatchKind.Regex, regex, reading),
        _ => null,
    };

    private static HeaderMatch Header(HeaderCondition condition, Reading reading)
    {
        // Consul's proxy knows :method and :path as headers too; here they would be headers that no request has.
        if (condition.Name.Length == 0 || condition.Name[0] == ':')
            throw new FormatException($"Expected the name of a header, found \"{condition.Name}\".");
        var conditions = Count(condition.Exact, condition.Prefix, condition.Suffix, condition.Contains, condition.Regex) + (condition.Present ? 1 : 0);
        if (conditions != 1)
            throw new FormatException($"Expected one condition on the header {condition.Name}, found {conditions}.");
        return new HeaderMatch(condition.Name, Text(condition), condition.Invert, reading);
    }

    private static TextMatch? Text(HeaderCondition condition) => condition switch
    {
        { Exact: { } text } => new TextMatch(TextMatchKind.Exact, text, condition.IgnoreCase),
        { Prefix: { } text } => new TextMatch(TextMatchKind.Prefix, text, condition.IgnoreCase),
        { Suffix: { } text } => new TextMatch(TextMatchKind.Suffix, text, condition.IgnoreCase),
        { Contains: { } text } => new TextMatch(TextMatchKind.Contains, text, condition.IgnoreCase),
        { Regex: { } text } => new TextMatch(TextMatchKind.Regex, text, condition.IgnoreCase),
        _ => null,
    };

    private static int Count(params ReadOnlySpan<string?> values)
    {
        var count = 0;
        foreach (var value in values)
            count += value is null ? 0 : 1;
        return count;
    }
}

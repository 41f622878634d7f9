using MeshClient.Identity;
using MeshClient.Matching;

namespace MeshClient.Intentions;

/// <summary>What a decision rests on.</summary>
internal enum IntentionGround
{
    /// <summary>Nothing is known of the intentions yet. The value of a decision that nobody has made.</summary>
    NothingKnown,

    /// <summary>An intention, for all requests of the caller.</summary>
    Intention,

    /// <summary>The first permission of an intention that matches.</summary>
    Permission,

    /// <summary>The default: no intention is about the caller, or none of its permissions about the request.</summary>
    Default,

    /// <summary>The intention or permission cannot be understood.</summary>
    NotUnderstood,

    /// <summary>The path could be read in two ways, and a permission asks for it.</summary>
    UnreadablePath,
}

/// <summary>Whether a caller may make a request, and why. The default value denies.</summary>
internal readonly record struct IntentionDecision
{
    /// <summary>The tag of the rule where none decides.</summary>
    public const string NoRule = "default";

    /// <summary>The tag of the rule while nothing is known.</summary>
    public const string UnknownRule = "unknown";

    private readonly IntentionRule? _rule;
    private readonly PathFault _pathFault;

    private IntentionDecision(bool isAllowed, IntentionGround ground, IntentionRule? rule, int permission, PathFault pathFault)
    {
        IsAllowed = isAllowed;
        Ground = ground;
        Permission = permission;
        _rule = rule;
        _pathFault = pathFault;
    }

    /// <summary>Denied, since nothing is known of the intentions yet.</summary>
    public static IntentionDecision NothingKnown => default;

    public bool IsAllowed { get; }

    public IntentionGround Ground { get; }

    /// <summary>The intention that decided, or whose permissions said nothing; null = none is about the caller.</summary>
    public Intention? Intention => _rule?.Intention;

    /// <summary>The place of the permission that decided, from 0; -1 = none did.</summary>
    public int Permission { get => field - 1; private init => field = value + 1; }

    /// <summary>The rule as a tag of metrics: <c>web -> db</c>, <c>default</c> or <c>unknown</c>.</summary>
    public string Rule => _rule?.Name ?? (Ground == IntentionGround.NothingKnown ? UnknownRule : NoRule);

    /// <summary>Says in one sentence, for the log, what decided. Made when it is asked for.</summary>
    /// <param name="source">The caller; null = nobody has identified it.</param>
    public string Explain(SpiffeId? source)
    {
        var caller = source?.ToString() ?? "A caller without an identity";
        var verb = IsAllowed ? "allowed" : "denied";
        var rule = _rule is { } known ? $"the intention {known.Name} (precedence {known.Intention.Precedence})" : "";
        return Ground switch
        {
            IntentionGround.Intention => $"{caller} is {verb} by {rule}.",
            IntentionGround.Permission => $"{caller} is {verb} by permission {Permission} of {rule}.",
            IntentionGround.Default when _rule is not null => $"{caller} is {verb} by default: no permission of {rule} is about the request.",
            IntentionGround.Default => $"{caller} is {verb} by default: no intention is about it.",
            IntentionGround.NotUnderstood =>
                $"{caller} is denied, since {(Permission < 0 ? "" : $"permission {Permission} of ")}{rule} cannot be understood: {_rule?.FaultOf(Permission)}",
            IntentionGround.UnreadablePath =>
                $"{caller} is denied, since permission {Permission} of {rule} asks for the path, and the request's has {_pathFault.Describe()}.",
            _ => $"{caller} is denied, since no intentions have been read yet.",
        };
    }

    public override string ToString() => $"{(IsAllowed ? "allow" : "deny")} by {Rule}{(Permission < 0 ? "" : $" [{Permission}]")}";

    internal static IntentionDecision ByIntention(IntentionRule rule) =>
        new(rule.Intention.Action == IntentionAction.Allow, IntentionGround.Intention, rule, -1, PathFault.None);

    internal static IntentionDecision ByPermission(IntentionRule rule, int permission, bool isAllowed) =>
        new(isAllowed, IntentionGround.Permission, rule, permission, PathFault.None);

    internal static IntentionDecision ByDefault(bool isAllowed, IntentionRule? rule) => new(isAllowed, IntentionGround.Default, rule, -1, PathFault.None);

    internal static IntentionDecision Denied(IntentionGround ground, IntentionRule rule, int permission = -1, PathFault fault = PathFault.None) =>
        new(false, ground, rule, permission, fault);
}

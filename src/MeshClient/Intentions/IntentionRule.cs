using System.Buffers;
using System.Collections.Immutable;
using MeshClient.Identity;
using MeshClient.Matching;

namespace MeshClient.Intentions;

/// <summary>An intention made ready to decide, at its place in the order of precedence. Immutable.</summary>
internal sealed class IntentionRule
{
    private const int OnStack = 256;

    private readonly ImmutableArray<PermissionRule> _permissions;
    private readonly bool _readsPath;

    public IntentionRule(Intention intention, int rank)
    {
        Intention = intention;
        Rank = rank;
        Name = intention.ToString();
        _permissions = [.. intention.Permissions.Select(p => new PermissionRule(p))];
        _readsPath = _permissions.Any(p => p.ReadsPath);
    }

    public Intention Intention { get; }

    /// <summary>Its place: the lowest decides.</summary>
    public int Rank { get; }

    /// <summary>The pair that it is about, made once.</summary>
    public string Name { get; }

    /// <summary>Whether a caller is one that it is about; the name of the service is already known to be.</summary>
    public bool IsFrom(SpiffeId? source) =>
        Is(Intention.SourceNamespace, source?.Namespace) && Is(Intention.SourcePartition, source?.Partition);

    /// <summary>What in it cannot be understood.</summary>
    public IEnumerable<string> Faults =>
        Intention.Fault is { } fault ? [fault] : _permissions.SelectMany((p, i) => p.Fault is { } reason ? [$"Permission {i}: {reason}"] : Array.Empty<string>());

    /// <summary>Why a permission cannot be understood; null = it can, or there is no such permission.</summary>
    public string? FaultOf(int permission) => permission >= 0 ? _permissions[permission].Fault : Intention.Fault;

    /// <summary>Decides a request of a caller that it is about.</summary>
    public IntentionDecision Decide(in RequestFacts request, bool allowByDefault)
    {
        if (Intention.Fault is not null)
            return IntentionDecision.Denied(IntentionGround.NotUnderstood, this);
        if (_permissions.IsEmpty)
            return IntentionDecision.ByIntention(this);
        ReadOnlySpan<char> path = default;
        if (!_readsPath || RequestPath.TryGetPlain(request.Target, out path))
            return ByPermissions(request, path, PathFault.None, allowByDefault);
        var length = request.Target.Length;
        var rented = length > OnStack ? ArrayPool<char>.Shared.Rent(length) : null;
        Span<char> buffer = rented ?? stackalloc char[OnStack];
        var normal = RequestPath.Normalize(request.Target, buffer, out var fault);
        var decision = ByPermissions(request, normal, fault, allowByDefault);
        if (rented is not null)
            ArrayPool<char>.Shared.Return(rented);
        return decision;
    }

    // The first permission that is about the request decides; where none is, the default does, and not the next intention.
    private IntentionDecision ByPermissions(in RequestFacts request, ReadOnlySpan<char> path, PathFault fault, bool allowByDefault)
    {
        for (var i = 0; i < _permissions.Length; i++)
        {
            var permission = _permissions[i];
            if (permission.Fault is not null)
                return IntentionDecision.Denied(IntentionGround.NotUnderstood, this, i);
            if (permission.ReadsPath && fault != PathFault.None)
                return IntentionDecision.Denied(IntentionGround.UnreadablePath, this, i, fault);
            if (permission.IsMatch(request, path))
                return IntentionDecision.ByPermission(this, i, permission.Allows);
        }
        return IntentionDecision.ByDefault(allowByDefault, this);
    }

    // Without a namespace of its own, a caller is of the default one: that is also where callers are put whom nobody has identified.
    private static bool Is(string expected, string? found) => expected == Intention.Wildcard || expected == (found ?? Intention.Default);
}

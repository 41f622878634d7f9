using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using MeshClient.Benchmarks.Quick;
using MeshClient.Identity;
using MeshClient.Intentions;
using MeshClient.Matching;

namespace MeshClient.Benchmarks.Decisions;

/// <summary>Whether a caller may make a request, by so many intentions of which one is about the caller.</summary>
internal sealed class DecisionScenario(string kind, int intentions) : Scenario(NameOf(kind, intentions))
{
    /// <summary>The caller's intention allows all.</summary>
    public const string Named = "named";

    /// <summary>No intention names the caller: that for everyone decides.</summary>
    public const string Everyone = "everyone";

    /// <summary>The second of two permissions about the path decides.</summary>
    public const string Path = "path";

    /// <summary>The same with a path that must be decoded.</summary>
    public const string EncodedPath = "encoded-path";

    public static readonly int[] Counts = [10, 1_000];

    public static readonly string[] Kinds = [Named, Everyone, Path, EncodedPath];

    private readonly IntentionTable _table = new(new IntentionSet("catalog", Intentions(kind, intentions), AllowByDefault: false));
    private readonly SpiffeId _caller = SpiffeId.Of("8b4adef7-05f9-64f3-2272-6e21316b8671.consul", "dc1", kind == Everyone ? "stranger" : $"service-{intentions / 2}");
    private readonly string _target = kind == EncodedPath ? "/api/%6Frders/./17?full=true" : "/api/orders/17?full=true";

    public static string NameOf(string kind, int intentions) => $"{kind}-{intentions}";

    public override Task RunAsync(int count)
    {
        for (var i = 0; i < count; i++)
            Keep(_table.Decide(_caller, new RequestFacts("GET", _target)).IsAllowed);
        return Task.CompletedTask;
    }

    private static ImmutableArray<Intention> Intentions(string kind, int count) =>
    [
        .. Enumerable.Range(0, count - 1).Select(i => new Intention
        {
            Source = $"service-{i}",
            Destination = "catalog",
            Action = IntentionAction.Allow,
            Permissions = kind is Path or EncodedPath
                ? [
                    new IntentionPermission { Action = IntentionAction.Deny, PathPrefix = "/admin" },
                    new IntentionPermission { Action = IntentionAction.Allow, PathPrefix = "/api/", Methods = ["GET", "POST"] },
                ]
                : [],
        }),
        new Intention { Source = Intention.Wildcard, Destination = "catalog", Action = IntentionAction.Allow },
    ];

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Keep(bool allowed)
    {
        if (!allowed)
            throw new InvalidOperationException("Expected the caller to be allowed, found it denied.");
    }
}

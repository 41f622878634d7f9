using MeshClient.Identity;
using MeshClient.Intentions;
using MeshClient.Matching;
using Microsoft.Extensions.Primitives;

namespace MeshClient.Tests.Intentions;

/// <summary>Callers, requests and intentions for tests.</summary>
internal static class Requests
{
    public static readonly SpiffeId Web = Caller("web");

    public static SpiffeId Caller(string service, string @namespace = "default", string? partition = null) =>
        SpiffeId.Of("11111111-2222-3333-4444-555555555555.consul", "dc1", service, @namespace, partition);

    public static RequestFacts Request(string target = "/", string method = "GET", params (string Name, string Value)[] headers) =>
        new(method, target, headers, static (all, name) => new StringValues(
            [.. (((string Name, string Value)[])all).Where(h => h.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(h => h.Value)]));

    public static Intention Allow(string source, string destination = "db") => Of(source, destination) with { Action = IntentionAction.Allow };

    public static Intention Deny(string source, string destination = "db") => Of(source, destination);

    public static Intention L7(string source, params IntentionPermission[] permissions) => Of(source, "db") with { Permissions = [.. permissions] };

    public static IntentionPermission AllowIf { get; } = new() { Action = IntentionAction.Allow };

    public static IntentionPermission DenyIf { get; } = new() { Action = IntentionAction.Deny };

    public static IntentionTable Table(bool allowByDefault, params Intention[] intentions) =>
        new(new IntentionSet("db", [.. intentions], allowByDefault));

    /// <summary>"web" or "namespace/web" or "partition/namespace/web".</summary>
    private static Intention Of(string source, string destination)
    {
        var (s, d) = (source.Split('/'), destination.Split('/'));
        return new Intention
        {
            Source = s[^1],
            SourceNamespace = s.Length > 1 ? s[^2] : "default",
            SourcePartition = s.Length > 2 ? s[0] : "default",
            Destination = d[^1],
            DestinationNamespace = d.Length > 1 ? d[^2] : "default",
        };
    }
}

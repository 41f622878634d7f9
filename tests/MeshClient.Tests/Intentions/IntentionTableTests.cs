using MeshClient.Identity;
using MeshClient.Intentions;
using static MeshClient.Tests.Intentions.Requests;

namespace MeshClient.Tests.Intentions;

public sealed class IntentionTableTests
{
    [Theory]
    [InlineData("web", "db", 9)]
    [InlineData("default/*", "db", 8)]
    [InlineData("*/*", "db", 7)]
    [InlineData("web", "default/*", 6)]
    [InlineData("default/*", "default/*", 5)]
    [InlineData("*/*", "default/*", 4)]
    [InlineData("web", "*/*", 3)]
    [InlineData("default/*", "*/*", 2)]
    [InlineData("*/*", "*/*", 1)]
    public void Precedence_is_that_of_Consul(string source, string destination, int expected) =>
        Assert.Equal(expected, Deny(source, destination).Precedence);

    // In order of precedence; each decides over all below it, whatever they say.
    private static readonly (string Source, string Destination)[] s_order =
    [
        ("web", "db"), ("default/*", "db"), ("*/*", "db"), ("web", "default/*"), ("default/*", "default/*"), ("*/*", "default/*"),
        ("web", "*/*"), ("default/*", "*/*"), ("*/*", "*/*"),
    ];

    [Fact]
    public void Each_precedence_decides_over_all_below_it()
    {
        for (var first = 0; first < s_order.Length; first++)
        {
            foreach (var allows in new[] { true, false })
            {
                var intentions = s_order[first..].Select((o, i) => i == 0 == allows ? Allow(o.Source, o.Destination) : Deny(o.Source, o.Destination)).Reverse();
                var decision = Table(!allows, [.. intentions]).Decide(Web, Request());
                Assert.Equal(allows, decision.IsAllowed);
                Assert.Equal(IntentionGround.Intention, decision.Ground);
                Assert.Equal(9 - first, decision.Intention!.Precedence);
            }
        }
    }

    [Theory]
    [InlineData("web", "web", true)]
    [InlineData("Web", "web", false)]
    [InlineData("web2", "web", false)]
    [InlineData("we", "web", false)]
    [InlineData("a/web", "web", false)]
    [InlineData("a/web", "a/web", true)]
    [InlineData("a/web", "a/*", true)]
    [InlineData("a/web", "b/*", false)]
    [InlineData("a/web", "*", false)]
    [InlineData("a/web", "*/*", true)]
    [InlineData("p/default/web", "web", false)]
    [InlineData("p/default/web", "p/default/web", true)]
    [InlineData("p/default/web", "p/default/*", true)]
    [InlineData("p/default/web", "*/*", false)]
    [InlineData("p/a/web", "p/*/*", true)]
    [InlineData("default/default/web", "web", true)]
    [InlineData("web", "default/default/*", true)]
    public void An_intention_is_about_callers_of_its_name_namespace_and_partition(string caller, string source, bool expected)
    {
        var parts = caller.Split('/');
        var id = Caller(parts[^1], parts.Length > 1 ? parts[^2] : "default", parts.Length > 2 ? parts[0] : null);
        Assert.Equal(expected, Table(false, Allow(source)).Decide(id, Request()).IsAllowed);
        Assert.Equal(expected, !Table(true, Deny(source)).Decide(id, Request()).IsAllowed);
    }

    [Theory]
    [InlineData("db", true)]
    [InlineData("DB", true)]
    [InlineData("*", true)]
    [InlineData("db2", false)]
    public void An_intention_about_another_destination_plays_no_part(string destination, bool expected) =>
        Assert.Equal(expected, Table(false, Allow("web", destination)).Decide(Web, Request()).IsAllowed);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Where_no_intention_is_about_the_caller_the_default_decides(bool allows)
    {
        var decision = Table(allows, allows ? Deny("api") : Allow("api")).Decide(Web, Request());
        Assert.Equal((allows, IntentionGround.Default, "default"), (decision.IsAllowed, decision.Ground, decision.Rule));
        Assert.Null(decision.Intention);
        Assert.Contains("no intention is about it", decision.Explain(Web), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("web", false)]
    [InlineData("*", true)]
    [InlineData("*/*", true)]
    [InlineData("a/*", false)]
    [InlineData("p/default/*", false)]
    public void A_caller_without_an_identity_is_one_of_the_default_namespace_without_a_name(string source, bool isAbout)
    {
        Assert.Equal(isAbout, Table(false, Allow(source)).Decide(null, Request()).IsAllowed);
        Assert.Equal(!isAbout, Table(true, Deny(source)).Decide(null, Request()).IsAllowed);
        Assert.Contains("without an identity", Table(true).Decide(null, Request()).Explain(null), StringComparison.Ordinal);
    }

    [Fact]
    public void An_intention_that_cannot_be_understood_denies_whom_it_is_about()
    {
        var table = Table(true, Allow("web") with { Fault = "Expected this, found that." }, Allow("*"));
        var decision = table.Decide(Web, Request());
        Assert.Equal((false, IntentionGround.NotUnderstood, "web -> db"), (decision.IsAllowed, decision.Ground, decision.Rule));
        Assert.Contains("Expected this, found that.", decision.Explain(Web), StringComparison.Ordinal);
        Assert.Equal(("web -> db", "Expected this, found that."), Assert.Single(table.Faults));
        Assert.True(table.Decide(Caller("api"), Request()).IsAllowed);
    }

    [Fact]
    public void A_decision_that_nobody_has_made_denies()
    {
        var decision = IntentionDecision.NothingKnown;
        Assert.Equal((false, -1, "unknown"), (decision.IsAllowed, decision.Permission, decision.Rule));
        Assert.Contains("no intentions have been read yet", decision.Explain(Web), StringComparison.Ordinal);
    }

    [Fact]
    public void A_decision_names_the_rule()
    {
        var decision = Table(true, Deny("a/web", "*")).Decide(Caller("web", "a"), Request());
        Assert.Equal("deny by a/web -> *", decision.ToString());
        Assert.Equal(
            "spiffe://11111111-2222-3333-4444-555555555555.consul/ns/a/dc/dc1/svc/web is denied by the intention a/web -> * (precedence 6).",
            decision.Explain(Caller("web", "a")));
    }

    // The index against the plain reading of the rules: sorted by precedence, the first that matches.
    [Fact]
    public void The_index_finds_what_a_search_through_all_would()
    {
        var random = new Random(11);
        string[] names = ["*", "web", "api"];
        string[] namespaces = ["*", "default", "a"];
        for (var round = 0; round < 2_000; round++)
        {
            var intentions = Enumerable.Range(0, random.Next(12)).Select(_ => Pair()).DistinctBy(i => i.ToString()).ToArray();
            var allows = random.Next(2) == 0;
            var table = Table(allows, intentions);
            foreach (var caller in new[] { Web, Caller("api"), Caller("web", "a"), Caller("other", "a"), Caller("other") })
            {
                var expected = intentions.OrderByDescending(i => i.Precedence).FirstOrDefault(i => IsAbout(i, caller));
                var found = table.Decide(caller, Request());
                Assert.Equal(expected?.Precedence, found.Intention?.Precedence);
                if (expected is null)
                    Assert.Equal(allows, found.IsAllowed);
                else
                    Assert.True(IsAbout(found.Intention!, caller));
            }
        }

        Intention Pair()
        {
            var (source, destination) = (Pick(namespaces), Pick(namespaces));
            return Allow($"{source}/{(source == "*" ? "*" : Pick(names))}", $"{destination}/{(destination == "*" ? "*" : random.Next(2) == 0 ? "*" : "db")}")
                with
            { Action = (IntentionAction)random.Next(2) };
        }

        string Pick(string[] from) => from[random.Next(from.Length)];

        static bool IsAbout(Intention i, SpiffeId caller) =>
            (i.Source == "*" || i.Source == caller.Service) && (i.SourceNamespace == "*" || i.SourceNamespace == caller.Namespace);
    }

    [Fact]
    public void Sets_are_equal_by_what_they_say()
    {
        var set = Table(true, L7("web", AllowIf with { Methods = ["GET"] })).Set;
        Assert.Equal(set, Table(true, L7("web", AllowIf with { Methods = ["GET"] })).Set);
        Assert.NotEqual(set, Table(false, L7("web", AllowIf with { Methods = ["GET"] })).Set);
        Assert.NotEqual(set, Table(true, L7("web", AllowIf with { Methods = ["PUT"] })).Set);
        Assert.NotEqual(set, Table(true, L7("web", AllowIf with { Headers = [new() { Name = "x", Present = true }] })).Set);
        Assert.NotEqual(set, Table(true, Allow("web")).Set);
        Assert.NotEqual(set, Table(true).Set);
    }
}

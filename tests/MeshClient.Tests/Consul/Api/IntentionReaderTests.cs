using System.Text.Json;
using MeshClient.Consul.Api;
using MeshClient.Intentions;
using static MeshClient.Tests.Intentions.Requests;

namespace MeshClient.Tests.Consul.Api;

public sealed class IntentionReaderTests
{
    [Fact]
    public void A_recorded_answer_is_read()
    {
        var intentions = Read(RecordedIntentions.Match);
        Assert.Equal(["web -> db", "* -> db", "web -> *", "* -> *"], intentions.Select(i => i.ToString()));
        Assert.Equal([9, 8, 6, 5], intentions.Select(i => i.Precedence));
        Assert.Equal([IntentionAction.Allow, IntentionAction.Deny, IntentionAction.Deny, IntentionAction.Allow], intentions.Select(i => i.Action));
        Assert.All(intentions, i => Assert.Null(i.Fault));
    }

    [Theory]
    [InlineData("""{"db":null}""")]
    [InlineData("""{"db":[]}""")]
    public void A_service_may_have_none(string json) => Assert.Empty(Read(json));

    [Theory]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("""{"web":[]}""")]
    [InlineData("""{"db":{}}""")]
    [InlineData("""{"db":[null]}""")]
    [InlineData("""{"db":[{}]}""")]
    [InlineData("""{"db":[{"SourceName":"web","Action":"allow"}]}""")]
    [InlineData("""{"db":[{"SourceName":1,"DestinationName":"db","Action":"allow"}]}""")]
    [InlineData("""{"db":[{"SourceName":"web","DestinationName":"db","Action":true}]}""")]
    public void What_is_no_list_of_intentions_is_refused(string json) => Assert.Throws<FormatException>(() => Read(json));

    [Theory]
    [InlineData(""" "Action":"allow","Hash":"x","ID":"1","Description":"d","Meta":{"a":"1"},"LegacyID":"","CreateIndex":1,"Precedence":9,"SomethingNull":null""", null)]
    [InlineData(""" "Action":"allow","SomethingNew":{"a":1}""", "SomethingNew")]
    [InlineData(""" "Action":"allow","jwt":{"Providers":[]}""", "jwt")]
    [InlineData(""" "Action":"allow","Conditions":"" """, "Conditions")]
    [InlineData(""" "Action":"allow","Permissions":null,"JWT":null,"SourcePeer":"","SourceSamenessGroup":"" """, null)]
    [InlineData(""" "Action":"maybe" """, "\"maybe\"")]
    [InlineData(""" "Action":"ALLOW" """, "\"ALLOW\"")]
    [InlineData(""" "Action":"", "Permissions":[]""", "found neither")]
    [InlineData(""" "Action":"allow","Permissions":[{"Action":"deny","HTTP":{"PathPrefix":"/"}}]""", "found both")]
    [InlineData(""" "Action":"allow","JWT":{"Providers":[]}""", "JWT")]
    [InlineData(""" "Action":"allow","SourceType":"external-trust" """, "external-trust")]
    [InlineData(""" "Action":"allow","SourceSamenessGroup":"g" """, "sameness group")]
    [InlineData(""" "Permissions":{}""", "list of permissions")]
    public void An_intention_that_asks_for_what_is_unknown_denies_its_callers(string fields, string? fault)
    {
        var intention = Assert.Single(Read($$"""{"db":[{"SourceName":"web","DestinationName":"db",{{fields}}}]}"""));
        Assert.Equal(fault is null, new IntentionTable(new IntentionSet("db", [intention], true)).Decide(Web, Request()).IsAllowed);
        if (fault is null)
            Assert.Null(intention.Fault);
        else
            Assert.Contains(fault, intention.Fault, StringComparison.Ordinal);
    }

    [Fact]
    public void A_group_of_partitions_denies_its_name_in_each_of_them()
    {
        var intention = Assert.Single(Read("""{"db":[{"SourceName":"web","SourceSamenessGroup":"g","DestinationName":"db","Action":"allow"}]}"""));
        var table = new IntentionTable(new IntentionSet("db", [intention], true));
        Assert.False(table.Decide(Caller("web", partition: "p"), Request()).IsAllowed);
        Assert.True(table.Decide(Caller("api", partition: "p"), Request()).IsAllowed);
    }

    [Fact]
    public void Callers_of_a_peered_cluster_are_not_those_of_this_one() =>
        Assert.Empty(Read("""{"db":[{"SourceName":"web","SourcePeer":"east","DestinationName":"db","Action":"allow"}]}"""));

    [Fact]
    public void Namespaces_and_partitions_are_read()
    {
        var intention = Assert.Single(Read(
            """{"db":[{"SourceName":"*","SourceNS":"a","SourcePartition":"p","DestinationName":"db","DestinationNS":"b","Action":"allow"}]}"""));
        Assert.Equal("p/a/* -> b/db", intention.ToString());
        Assert.Equal(8, intention.Precedence);
    }

    [Fact]
    public void Permissions_are_read_whole()
    {
        var intention = Assert.Single(Read(
            """
            {"db":[{"SourceName":"web","DestinationName":"db","Permissions":[
              {"Action":"deny","HTTP":{"PathPrefix":"/admin","Methods":null,"Header":null}},
              {"Action":"allow","HTTP":{"PathRegex":"/a.*","Methods":["GET","PUT"],"Header":[
                {"Name":"a","Present":true,"Invert":true},{"Name":"b","Exact":"1"},{"Name":"c","Prefix":"2"},{"Name":"d","Suffix":"3"},
                {"Name":"e","Contains":"4","IgnoreCase":true},{"Name":"f","Regex":"5","Invert":false}]}},
              {"Action":"allow","HTTP":{"PathExact":"/x"}}]}]}
            """));
        Assert.Null(intention.Fault);
        Assert.All(intention.Permissions, p => Assert.Null(p.Fault));
        Assert.Equal(DenyIf with { PathPrefix = "/admin" }, intention.Permissions[0]);
        Assert.Equal(
            AllowIf with
            {
                PathRegex = "/a.*",
                Methods = ["GET", "PUT"],
                Headers =
                [
                    new() { Name = "a", Present = true, Invert = true }, new() { Name = "b", Exact = "1" }, new() { Name = "c", Prefix = "2" },
                    new() { Name = "d", Suffix = "3" }, new() { Name = "e", Contains = "4", IgnoreCase = true }, new() { Name = "f", Regex = "5" },
                ],
            },
            intention.Permissions[1]);
        Assert.Equal(AllowIf with { PathExact = "/x" }, intention.Permissions[2]);
    }

    [Theory]
    [InlineData("""{"Action":"allow","HTTP":{"PathPrefix":"/"},"JWT":{"Providers":[{"Name":"okta"}]}}""", "JWT")]
    [InlineData("""{"Action":"allow","HTTP":{"PathPrefix":"/","QueryParam":[]}}""", "QueryParam")]
    [InlineData("""{"Action":"allow","HTTP":{"pathPrefix":"/"}}""", "pathPrefix")]
    [InlineData("""{"Action":"allow","HTTP":{"Header":[{"Name":"a","Exact":"1","Range":"2"}]}}""", "Range")]
    [InlineData("""{"Action":"allow","HTTP":{"Header":{"Name":"a"}}}""", "list as Header")]
    [InlineData("""{"Action":"allow","HTTP":{"Header":[{"Name":"a","Present":"yes"}]}}""", "true or false")]
    [InlineData("""{"Action":"allow","HTTP":{"Methods":[1]}}""", "methods")]
    [InlineData("""{"Action":"allow","HTTP":{"PathPrefix":["/"]}}""", "text as PathPrefix")]
    [InlineData("""{"Action":"allow","HTTP":null}""", "object")]
    [InlineData("""{"Action":"allow"}""", "HTTP")]
    [InlineData("""{"Action":"allow","TCP":{}}""", "TCP")]
    [InlineData("""{"Action":"log","HTTP":{"PathPrefix":"/"}}""", "log")]
    [InlineData("""{"HTTP":{"PathPrefix":"/"}}""", "action")]
    [InlineData("""{"Action":"allow","HTTP":{}}""", "condition")]
    [InlineData("7", "object")]
    public void A_permission_with_what_is_unknown_denies(string permission, string reason)
    {
        var intention = Assert.Single(Read($$"""{"db":[{"SourceName":"web","DestinationName":"db","Permissions":[{{permission}}]}]}"""));
        var table = new IntentionTable(new IntentionSet("db", [intention], true));
        Assert.False(table.Decide(Web, Request()).IsAllowed);
        Assert.Contains(reason, Assert.Single(table.Faults).Fault, StringComparison.Ordinal);
    }

    private static IReadOnlyList<Intention> Read(string json)
    {
        using var document = JsonDocument.Parse(json);
        return IntentionReader.ReadMatch(document.RootElement, "db");
    }
}

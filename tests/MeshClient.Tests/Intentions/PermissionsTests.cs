using MeshClient.Intentions;
using MeshClient.Matching;
using static MeshClient.Tests.Intentions.Requests;

namespace MeshClient.Tests.Intentions;

public sealed class PermissionsTests
{
    private static readonly IntentionTable s_shop = Table(
        false,
        L7("web",
            DenyIf with { PathPrefix = "/admin" },
            AllowIf with { PathExact = "/orders", Methods = ["GET", "POST"] },
            AllowIf with { PathRegex = @"/orders/\d+", Headers = [new HeaderCondition { Name = "X-Role", Exact = "clerk" }] },
            DenyIf with { Headers = [new HeaderCondition { Name = "x-debug", Present = true }] },
            AllowIf with { PathPrefix = "/public/" }),
        Allow("*"));

    [Theory]
    [InlineData("GET", "/orders", "", true, 1)]
    [InlineData("POST", "/orders?x=1", "", true, 1)]
    [InlineData("DELETE", "/orders", "", false, -1)]
    [InlineData("GET", "/orders/7", "x-role=clerk", true, 2)]
    [InlineData("GET", "/orders/7", "X-ROLE=clerk", true, 2)]
    [InlineData("GET", "/orders/7", "x-role=Clerk", false, -1)]
    [InlineData("GET", "/orders/7x", "x-role=clerk", false, -1)]
    [InlineData("GET", "/orders/7", "", false, -1)]
    [InlineData("GET", "/public/a", "", true, 4)]
    [InlineData("GET", "/PUBLIC/a", "", false, -1)]
    [InlineData("GET", "/public/a", "x-debug=", false, 3)]
    [InlineData("GET", "/admin", "", false, 0)]
    [InlineData("GET", "/elsewhere", "", false, -1)]
    public void The_first_permission_that_matches_decides_and_else_the_default(string method, string target, string header, bool allowed, int permission)
    {
        var headers = header.Length == 0 ? [] : new[] { (header.Split('=')[0], header.Split('=')[1]) };
        var decision = s_shop.Decide(Web, Request(target, method, headers));
        Assert.Equal((allowed, permission), (decision.IsAllowed, decision.Permission));
        Assert.Equal(permission < 0 ? IntentionGround.Default : IntentionGround.Permission, decision.Ground);
        Assert.Equal("web -> db", decision.Rule);
    }

    [Fact]
    public void Where_no_permission_matches_the_default_decides_and_not_the_next_intention()
    {
        var permission = AllowIf with { Methods = ["GET"] };
        Assert.False(Table(false, L7("web", permission), Allow("*")).Decide(Web, Request(method: "PUT")).IsAllowed);
        var decision = Table(true, L7("web", permission), Deny("*")).Decide(Web, Request(method: "PUT"));
        Assert.True(decision.IsAllowed);
        Assert.Contains("by default: no permission of the intention web -> db", decision.Explain(Web), StringComparison.Ordinal);
    }

    // All else is allowed: what slips past the one denial is through. ASP.NET Core's routing would take each of them for /admin.
    [Theory]
    [InlineData("/admin")]
    [InlineData("/admin/users")]
    [InlineData("/%61dmin")]
    [InlineData("/%61%64%6d%69%6e")]
    [InlineData("//admin")]
    [InlineData("/./admin")]
    [InlineData("/.//admin")]
    [InlineData("/x/../admin")]
    [InlineData("/x/%2e%2e/admin")]
    [InlineData("/x/.%2E/admin")]
    [InlineData("/admin%2f..")]
    [InlineData("/admin%2Fusers")]
    [InlineData("/x%2f..%2fadmin")]
    [InlineData("/ADMIN")]
    [InlineData("/Admin/Users")]
    [InlineData("/%41dmin")]
    [InlineData("\\admin")]
    [InlineData("/\\admin")]
    [InlineData("/x\\..\\admin")]
    [InlineData("/x/..%5cadmin")]
    [InlineData("/admin%00")]
    [InlineData("/%00admin")]
    [InlineData("/admin\t")]
    [InlineData("/admin%09")]
    [InlineData("/%C0%AE%C0%AE/admin")]
    [InlineData("/%c1%a1dmin")]
    [InlineData("/%E0%81%A1dmin")]
    [InlineData("/%2561dmin")]
    [InlineData("/%252561dmin")]
    [InlineData("/admin.")]
    [InlineData("/admin...")]
    [InlineData("/admin;x=1")]
    [InlineData("/admin%20")]
    [InlineData("/admin?x")]
    [InlineData("/admin#x")]
    [InlineData("/public#/../admin")]
    [InlineData("/../admin")]
    [InlineData("/x/../../admin")]
    [InlineData("/admin//../x")]
    [InlineData("/admin/./../admin")]
    [InlineData("http://db/admin")]
    [InlineData("http://db//admin")]
    [InlineData("HTTP://DB/x/../admin")]
    [InlineData("http://[::1]admin")]
    [InlineData("http://[::1]admin#/public")]
    [InlineData("http://db#/public")]
    [InlineData("*")]
    [InlineData("")]
    [InlineData("admin")]
    public void No_spelling_of_a_denied_path_gets_by(string target)
    {
        var table = Table(true, L7("web", DenyIf with { PathPrefix = "/admin" }, AllowIf with { PathPrefix = "/" }));
        Assert.False(table.Decide(Web, Request(target)).IsAllowed);
        Assert.True(table.Decide(Web, Request("/x/../y")).IsAllowed);
    }

    // With a slash at the end or without, routing leads to the same.
    [Theory]
    [InlineData("/admin", "/admin", null)]
    [InlineData("/admin/", "/admin", null)]
    [InlineData("/Admin//", "/admin", null)]
    [InlineData("/admin", "/admin/", null)]
    [InlineData("/admin/", null, "/adm[a-z]n")]
    [InlineData("/ADMIN/", null, "/adm[a-z]n")]
    [InlineData("/admin", null, "/admin/.*")]
    [InlineData("/admin/7", null, "/[^A-Z]+")]
    [InlineData("/Admin/7", null, "/[a-z]+/[0-9]")]
    public void A_denial_of_a_path_holds_with_a_slash_at_its_end_and_in_either_case(string target, string? exact, string? regex)
    {
        var table = Table(true, L7("web", DenyIf with { PathExact = exact, PathRegex = regex }, AllowIf with { PathPrefix = "/" }));
        Assert.False(table.Decide(Web, Request(target)).IsAllowed);
        Assert.True(table.Decide(Web, Request("/")).IsAllowed);
        Assert.True(table.Decide(Web, Request("/ADMINS")).IsAllowed);
        Assert.False(Table(false, L7("web", AllowIf with { PathExact = "/a" })).Decide(Web, Request("/a/")).IsAllowed);
    }

    [Fact]
    public void A_denial_holds_for_paths_longer_than_the_stack_has_room_for()
    {
        var path = "/" + new string('a', 1000);
        Assert.False(Table(true, L7("web", DenyIf with { PathExact = path + "/" }, AllowIf with { PathPrefix = "/" })).Decide(Web, Request(path)).IsAllowed);
    }

    // Only what is exactly the allowed path is: a caller that may do little must not do more by spelling it.
    [Theory]
    [InlineData("/public/../admin", false)]
    [InlineData("/public/%2e%2e/admin", false)]
    [InlineData("/public/..%2fadmin", false)]
    [InlineData("/public/..\\admin", false)]
    [InlineData("/public//../admin", false)]
    [InlineData("/PUBLIC/x", false)]
    [InlineData("/public", false)]
    [InlineData("/public/x", true)]
    [InlineData("/%70ublic/x", true)]
    [InlineData("//public/x", true)]
    public void No_spelling_widens_what_is_allowed(string target, bool expected) =>
        Assert.Equal(expected, Table(false, L7("web", AllowIf with { PathPrefix = "/public/" })).Decide(Web, Request(target)).IsAllowed);

    [Fact]
    public void A_denial_by_header_or_method_holds_for_each_reading()
    {
        var table = Table(true, L7("web",
            DenyIf with { Headers = [new HeaderCondition { Name = "x-role", Exact = "guest" }] },
            DenyIf with { Headers = [new HeaderCondition { Name = "x-tenant", Exact = "a", Invert = true }] },
            DenyIf with { Methods = ["DELETE"] }));
        Assert.True(table.Decide(Web, Request("/", "GET", ("x-tenant", "a"))).IsAllowed);
        Assert.False(table.Decide(Web, Request("/", "GET", ("x-tenant", "a"), ("x-role", "clerk"), ("x-role", "guest"))).IsAllowed);
        Assert.False(table.Decide(Web, Request("/", "GET")).IsAllowed);
        Assert.False(table.Decide(Web, Request("/", "delete", ("x-tenant", "a"))).IsAllowed);
    }

    private static readonly (string Reason, IntentionPermission Permission)[] s_malformed =
    [
        ("unknown", AllowIf with { PathPrefix = "/", Fault = "Expected known fields, found the unknown one." }),
        ("regular expression", AllowIf with { PathRegex = "(" }),
        ("RE2", AllowIf with { PathRegex = "(?!x)" }),
        ("begins with '/'", AllowIf with { PathPrefix = "x" }),
        ("several", AllowIf with { PathPrefix = "/", PathExact = "/" }),
        ("found none", AllowIf),
        ("x-a", AllowIf with { Headers = [new HeaderCondition { Name = "x-a" }] }),
        ("found 2", AllowIf with { Headers = [new HeaderCondition { Name = "x-a", Present = true, Exact = "b" }] }),
        (":path", AllowIf with { Headers = [new HeaderCondition { Name = ":path", Exact = "/" }] }),
        ("name of a header", AllowIf with { Headers = [new HeaderCondition { Name = "", Present = true }] }),
        ("RE2", DenyIf with { Headers = [new HeaderCondition { Name = "x-a", Regex = "[" }] }),
    ];

    public static TheoryData<int> Malformed => [.. Enumerable.Range(0, s_malformed.Length)];

    [Theory]
    [MemberData(nameof(Malformed))]
    public void A_permission_that_cannot_be_understood_denies_when_it_is_reached(int number)
    {
        var (reason, permission) = s_malformed[number];
        var table = Table(true, L7("web", AllowIf with { PathExact = "/before" }, permission, AllowIf with { PathPrefix = "/" }));
        Assert.True(table.Decide(Web, Request("/before")).IsAllowed);
        var decision = table.Decide(Web, Request("/after"));
        Assert.Equal((false, IntentionGround.NotUnderstood, 1), (decision.IsAllowed, decision.Ground, decision.Permission));
        Assert.Contains(reason, decision.Explain(Web), StringComparison.Ordinal);
        Assert.Contains(reason, Assert.Single(table.Faults).Fault, StringComparison.Ordinal);
    }

    [Fact]
    public void A_path_that_cannot_be_read_says_why_and_is_asked_for_only_where_a_permission_needs_it()
    {
        var table = Table(false, L7("web", AllowIf with { Methods = ["GET"] }, AllowIf with { PathPrefix = "/" }));
        Assert.True(table.Decide(Web, Request("/%00", "GET")).IsAllowed);
        var decision = table.Decide(Web, Request("/%00", "PUT"));
        Assert.Equal((false, IntentionGround.UnreadablePath, 1), (decision.IsAllowed, decision.Ground, decision.Permission));
        Assert.Contains("a control character", decision.Explain(Web), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/orders")]
    [InlineData("/a/../orders/./%37")]
    [InlineData("/elsewhere")]
    public void A_decision_allocates_nothing(string target)
    {
        // Longer than what the stack takes.
        var targets = new[] { target, $"/{new string('a', 400)}/../%6Frders" };
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase) { ["X-Role"] = "clerk" };
        var stranger = Caller("stranger");
        DecideMany();
        var before = GC.GetAllocatedBytesForCurrentThread();
        DecideMany();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void DecideMany()
        {
            for (var i = 0; i < 1_000; i++)
            {
                foreach (var one in targets)
                {
                    var request = new RequestFacts("GET", one, headers,
                        static (all, name) => ((Dictionary<string, string>)all).TryGetValue(name, out var value) ? value : default);
                    s_shop.Decide(Web, request);
                    s_shop.Decide(stranger, request);
                    s_shop.Decide(null, request);
                }
            }
        }
    }
}

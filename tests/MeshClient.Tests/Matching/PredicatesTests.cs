using MeshClient.Matching;
using Microsoft.Extensions.Primitives;

namespace MeshClient.Tests.Matching;

public sealed class PredicatesTests
{
    [Theory]
    [InlineData("/v[0-9]+/.*", "/v12/x", true)]
    [InlineData("/v[0-9]+", "/v12/x", false)]
    [InlineData("v1", "/v1", false)]
    [InlineData("/a|/b", "/b", true)]
    [InlineData("/a|/b", "/bc", false)]
    [InlineData(@"/\d+", "/12", true)]
    [InlineData(@"/\d+", "/\u0661", false)]
    [InlineData(@"/\w+", "/é", false)]
    [InlineData(@"/[\w-]+", "/a-b", true)]
    [InlineData("/[]a]+", "/]a", true)]
    [InlineData("/[^]a]+", "/bc", true)]
    [InlineData("/a$", "/a\n", false)]
    [InlineData("/a$", "/a", true)]
    [InlineData("(?P<x>/a+)", "/aa", true)]
    [InlineData("(?i)/admin", "/ADMIN", true)]
    [InlineData("/admin", "/ADMIN", false)]
    public void An_expression_matches_the_whole_text_as_RE2_does(string pattern, string text, bool expected) =>
        Assert.Equal(expected, LinearRegex.Compile(pattern, ignoreCase: false).IsMatch(text));

    [Theory]
    [InlineData("(")]
    [InlineData("a)(b")]
    [InlineData("[a")]
    [InlineData("[[:alpha:]]")]
    [InlineData("[a-z-[aeiou]]")]
    [InlineData(@"(a)\1")]
    [InlineData("a(?=b)")]
    [InlineData("(?<=a)b")]
    [InlineData(@"\Qa\E")]
    [InlineData(@"[\D]")]
    [InlineData("a\\")]
    [InlineData("(?P=x)")]
    public void An_expression_that_would_be_read_otherwise_is_refused(string pattern) =>
        Assert.Contains(pattern, Assert.Throws<FormatException>(() => LinearRegex.Compile(pattern, false)).Message, StringComparison.Ordinal);

    [Fact]
    public void An_expression_costs_time_in_proportion_to_the_text()
    {
        // Exponential to an engine that backtracks: this test would not end.
        Assert.DoesNotMatch(LinearRegex.Compile("(a+)+b", false), new string('a', 5_000));
        Assert.Throws<FormatException>(() => LinearRegex.Compile(new string('a', LinearRegex.Longest + 1), false));
    }

    [Theory]
    [InlineData(nameof(TextMatchKind.Exact), "/admin", "/admin", true)]
    [InlineData(nameof(TextMatchKind.Exact), "/admin", "/admin/", false)]
    [InlineData(nameof(TextMatchKind.Prefix), "/admin", "/administrators", true)]
    [InlineData(nameof(TextMatchKind.Prefix), "/admin/", "/admin", false)]
    [InlineData(nameof(TextMatchKind.Exact), "/a%20b", "/a b", true)]
    [InlineData(nameof(TextMatchKind.Exact), "/%61dmin", "/admin", true)]
    public void Paths_match_in_their_form(string kind, string value, string path, bool expected) =>
        Assert.Equal(expected, new PathMatch(Kind(kind), value, Reading.Exact).IsMatch(path));

    [Theory]
    [InlineData("admin")]
    [InlineData("")]
    [InlineData("/a/../b")]
    [InlineData("/a/%2e%2e")]
    [InlineData("/a/.")]
    [InlineData("/a//b")]
    [InlineData("/a%2fb")]
    [InlineData("/a?b=c")]
    [InlineData("/a%")]
    [InlineData("/%2561")]
    public void A_path_to_match_that_has_another_form_is_refused(string value) =>
        Assert.Throws<FormatException>(() => new PathMatch(TextMatchKind.Prefix, value, Reading.Exact));

    [Theory]
    [InlineData(nameof(TextMatchKind.Exact), "a", "a", true)]
    [InlineData(nameof(TextMatchKind.Exact), "a", "A", false)]
    [InlineData(nameof(TextMatchKind.Exact), "a", "", false)]
    [InlineData(nameof(TextMatchKind.Prefix), "a", "ab", true)]
    [InlineData(nameof(TextMatchKind.Suffix), "b", "ab", true)]
    [InlineData(nameof(TextMatchKind.Suffix), "a", "ab", false)]
    [InlineData(nameof(TextMatchKind.Contains), "b", "abc", true)]
    [InlineData(nameof(TextMatchKind.Contains), "x", "abc", false)]
    [InlineData(nameof(TextMatchKind.Regex), "a.c", "abc", true)]
    [InlineData(nameof(TextMatchKind.Regex), "a", "abc", false)]
    public void A_header_matches_by_its_value(string kind, string value, string sent, bool expected)
    {
        Assert.Equal(expected, Header(new TextMatch(Kind(kind), value, false), false, Reading.Exact, sent));
        Assert.Equal(!expected, Header(new TextMatch(Kind(kind), value, false), true, Reading.Exact, sent));
    }

    [Theory]
    [InlineData(false, nameof(Reading.Exact), true, false)]
    [InlineData(false, nameof(Reading.Wide), true, false)]
    [InlineData(true, nameof(Reading.Exact), false, true)]
    [InlineData(true, nameof(Reading.Wide), false, true)]
    public void Presence_can_be_asked_for_and_its_opposite(bool invert, string reading, bool ifThere, bool ifMissing)
    {
        Assert.Equal(ifThere, Header(null, invert, Read(reading), ""));
        Assert.Equal(ifMissing, Header(null, invert, Read(reading)));
    }

    [Fact]
    public void A_missing_header_has_no_value_and_not_another_one_either_unless_it_is_read_widely()
    {
        var exact = new TextMatch(TextMatchKind.Exact, "a", false);
        Assert.False(Header(exact, false, Reading.Exact));
        Assert.False(Header(exact, true, Reading.Exact));
        Assert.False(Header(exact, false, Reading.Wide));
        Assert.True(Header(exact, true, Reading.Wide));
    }

    [Fact]
    public void Several_values_are_one_joined_by_commas_and_each_alone_when_read_widely()
    {
        var user = new TextMatch(TextMatchKind.Exact, "user", false);
        Assert.False(Header(user, false, Reading.Exact, "user", "admin"));
        Assert.True(Header(user, false, Reading.Wide, "user", "admin"));
        Assert.True(Header(user, true, Reading.Wide, "user", "admin"));
        Assert.True(Header(new TextMatch(TextMatchKind.Exact, "user,admin", false), false, Reading.Exact, "user", "admin"));
        Assert.True(Header(new TextMatch(TextMatchKind.Suffix, ",b", false), false, Reading.Exact, new string('a', 1_000), "b"));
        Assert.True(Header(new TextMatch(TextMatchKind.Exact, ",", false), false, Reading.Exact, "", ""));
    }

    [Theory]
    [InlineData("GET", nameof(Reading.Exact), true)]
    [InlineData("get", nameof(Reading.Exact), false)]
    [InlineData("get", nameof(Reading.Wide), true)]
    [InlineData("GETX", nameof(Reading.Wide), false)]
    [InlineData("", nameof(Reading.Wide), false)]
    public void Methods_match_one_of_several(string method, string reading, bool expected) =>
        Assert.Equal(expected, new MethodMatch(["POST", "GET"], Read(reading)).IsMatch(method));

    private static TextMatchKind Kind(string name) => Enum.Parse<TextMatchKind>(name);

    private static Reading Read(string name) => Enum.Parse<Reading>(name);

    private static bool Header(TextMatch? text, bool invert, Reading reading, params string[] values) =>
        new HeaderMatch("x-role", text, invert, reading).IsMatch(
            new RequestFacts("GET", "/", new StringValues(values), static (all, name) => name == "x-role" ? (StringValues)all : default));
}

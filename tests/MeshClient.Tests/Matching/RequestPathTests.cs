using System.Text;
using MeshClient.Matching;

namespace MeshClient.Tests.Matching;

public sealed class RequestPathTests
{
    [Theory]
    [InlineData("/", "/")]
    [InlineData("/admin", "/admin")]
    [InlineData("/admin?x=/../y%2f", "/admin")]
    [InlineData("/%61dmin", "/admin")]
    [InlineData("/%61%64%6D%69%6e", "/admin")]
    [InlineData("//admin", "/admin")]
    [InlineData("///admin///x//", "/admin/x/")]
    [InlineData("/./admin", "/admin")]
    [InlineData("/admin/.", "/admin/")]
    [InlineData("/x/../admin", "/admin")]
    [InlineData("/x/%2e%2E/admin", "/admin")]
    [InlineData("/x/y/.././../admin", "/admin")]
    [InlineData("/a/b/..", "/a/")]
    [InlineData("/a/..", "/")]
    [InlineData("/a/../b//c", "/b/c")]
    [InlineData("/ADMIN", "/ADMIN")]
    [InlineData("/admin.", "/admin.")]
    [InlineData("/admin...", "/admin...")]
    [InlineData("/.../admin", "/.../admin")]
    [InlineData("/.well-known/x", "/.well-known/x")]
    [InlineData("/a%20b%21%3F%23", "/a b!?#")]
    [InlineData("/caf%C3%A9/%E2%82%AC/%F0%9F%98%80", "/café/€/😀")]
    [InlineData("/100%25", "/100%")]
    [InlineData("/a%25zz", "/a%zz")]
    [InlineData("http://web/admin/../x?y", "/x")]
    [InlineData("http://web", "/")]
    [InlineData("HTTPS://10.0.0.1:8443/%61dmin", "/admin")]
    [InlineData("http://web?/x", "/")]
    [InlineData("/grpc.health.v1.Health/Check", "/grpc.health.v1.Health/Check")]
    public void A_path_is_brought_to_its_one_form(string target, string expected)
    {
        Assert.Equal(expected, Normalize(target, out var fault));
        Assert.Equal(PathFault.None, fault);
    }

    [Theory]
    [InlineData("", nameof(PathFault.NotAPath))]
    [InlineData("*", nameof(PathFault.NotAPath))]
    [InlineData("web:443", nameof(PathFault.NotAPath))]
    [InlineData("?x", nameof(PathFault.NotAPath))]
    [InlineData("http://[::1]admin", nameof(PathFault.NotAPath))]
    [InlineData("http://[::1]admin#/public", nameof(PathFault.NotAPath))]
    [InlineData("http://[::1]/admin", nameof(PathFault.NotAPath))]
    [InlineData("http://web#/public", nameof(PathFault.NotAPath))]
    [InlineData("http://web\\admin/public", nameof(PathFault.NotAPath))]
    [InlineData("http://user@web/public", nameof(PathFault.NotAPath))]
    [InlineData("http://web%2fadmin/public", nameof(PathFault.NotAPath))]
    [InlineData("http:///admin", nameof(PathFault.NotAPath))]
    [InlineData("http://", nameof(PathFault.NotAPath))]
    [InlineData("file://web/admin", nameof(PathFault.NotAPath))]
    [InlineData("/admin%2f..", nameof(PathFault.HiddenSeparator))]
    [InlineData("/admin%2Fx", nameof(PathFault.HiddenSeparator))]
    [InlineData("/x%5c..%5cadmin", nameof(PathFault.HiddenSeparator))]
    [InlineData("/x\\..\\admin", nameof(PathFault.HiddenSeparator))]
    [InlineData("/admin%00", nameof(PathFault.ControlCharacter))]
    [InlineData("/admin%0d%0a", nameof(PathFault.ControlCharacter))]
    [InlineData("/admin%7f", nameof(PathFault.ControlCharacter))]
    [InlineData("/admin%C2%85", nameof(PathFault.ControlCharacter))]
    [InlineData("/admin\u0001", nameof(PathFault.ControlCharacter))]
    [InlineData("/ad min", nameof(PathFault.ForbiddenCharacter))]
    [InlineData("/admin#x", nameof(PathFault.ForbiddenCharacter))]
    [InlineData("/admín", nameof(PathFault.ForbiddenCharacter))]
    [InlineData("/admin%", nameof(PathFault.BadEncoding))]
    [InlineData("/admin%4", nameof(PathFault.BadEncoding))]
    [InlineData("/admin%zz", nameof(PathFault.BadEncoding))]
    [InlineData("/admin%u0041", nameof(PathFault.BadEncoding))]
    [InlineData("/%C0%AEadmin", nameof(PathFault.BadEncoding))]
    [InlineData("/%C0%AF", nameof(PathFault.BadEncoding))]
    [InlineData("/%E0%80%AF", nameof(PathFault.BadEncoding))]
    [InlineData("/%F0%80%80%AE", nameof(PathFault.BadEncoding))]
    [InlineData("/%ED%A0%80", nameof(PathFault.BadEncoding))]
    [InlineData("/%C3", nameof(PathFault.BadEncoding))]
    [InlineData("/%C3x", nameof(PathFault.BadEncoding))]
    [InlineData("/%80", nameof(PathFault.BadEncoding))]
    [InlineData("/%F4%90%80%80", nameof(PathFault.BadEncoding))]
    [InlineData("/%2561dmin", nameof(PathFault.EncodedTwice))]
    [InlineData("/%25%36%31dmin", nameof(PathFault.EncodedTwice))]
    [InlineData("/%252e%252e/admin", nameof(PathFault.EncodedTwice))]
    [InlineData("/%252fadmin", nameof(PathFault.EncodedTwice))]
    [InlineData("/..", nameof(PathFault.AboveRoot))]
    [InlineData("/../admin", nameof(PathFault.AboveRoot))]
    [InlineData("/x/../../admin", nameof(PathFault.AboveRoot))]
    [InlineData("/%2e%2e/admin", nameof(PathFault.AboveRoot))]
    [InlineData("/admin//../x", nameof(PathFault.AmbiguousDots))]
    [InlineData("//../admin", nameof(PathFault.AmbiguousDots))]
    [InlineData("/a//b/../c", nameof(PathFault.AmbiguousDots))]
    public void What_could_be_read_in_two_ways_is_a_fault(string target, string expected)
    {
        Assert.Equal("", Normalize(target, out var fault));
        Assert.Equal(expected, fault.ToString());
        Assert.False(RequestPath.TryGetPlain(target, out _));
        Assert.NotEqual("nothing", fault.Describe());
    }

    [Fact]
    public void The_plain_form_is_found_without_a_copy_and_is_the_same()
    {
        var random = new Random(4);
        const string Alphabet = "ab./%?2eE5fFcC\\#é ";
        var plain = 0;
        for (var i = 0; i < 50_000; i++)
        {
            var target = Text(random, "/" + Alphabet, 14);
            if (!RequestPath.TryGetPlain(target, out var path))
                continue;
            plain++;
            Assert.Equal(path.ToString(), Normalize(target, out var fault));
            Assert.Equal(PathFault.None, fault);
        }
        Assert.InRange(plain, 100, 50_000);
    }

    // Whatever is sent: the form holds nothing that another reader would fold or decode, and is its own form.
    [Fact]
    public void The_form_is_final()
    {
        var random = new Random(5);
        var normal = 0;
        for (var i = 0; i < 200_000; i++)
        {
            var target = "/" + Text(random, "a./%25eEfF", 16);
            var path = Normalize(target, out var fault);
            if (fault != PathFault.None)
                continue;
            normal++;
            Assert.StartsWith("/", path, StringComparison.Ordinal);
            Assert.DoesNotContain("//", path, StringComparison.Ordinal);
            Assert.DoesNotContain(path.Split('/'), s => s is "." or "..");
            Assert.Equal(path, Uri.UnescapeDataString(path));
            if (!path.Contains('%', StringComparison.Ordinal))
                Assert.Equal(path, Normalize(path, out _));
        }
        Assert.InRange(normal, 1_000, 200_000);
    }

    [Fact]
    public void Every_spelling_of_a_path_has_one_form()
    {
        var random = new Random(6);
        for (var i = 0; i < 5_000; i++)
        {
            var spelling = new StringBuilder("/");
            foreach (var c in "api/admin/users")
            {
                spelling.Append(c != '/' && random.Next(3) == 0 ? string.Create(null, $"%{(int)c:X2}") : c.ToString());
                if (c == '/')
                    spelling.Append(random.Next(4) switch { 0 => "./", 1 => "x/../", 2 => "%2e/", _ => "" });
            }
            Assert.Equal("/api/admin/users", Normalize(spelling.ToString(), out _));
        }
    }

    private static string Normalize(string target, out PathFault fault) => RequestPath.Normalize(target, new char[target.Length], out fault).ToString();

    private static string Text(Random random, string alphabet, int most) =>
        string.Concat(Enumerable.Range(0, random.Next(most)).Select(_ => alphabet[random.Next(alphabet.Length)]));
}

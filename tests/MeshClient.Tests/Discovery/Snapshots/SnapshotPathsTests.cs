using System.Text.RegularExpressions;
using MeshClient.Discovery.Snapshots;
using MeshClient.Model;

namespace MeshClient.Tests.Discovery.Snapshots;

public sealed partial class SnapshotPathsTests
{
    public static TheoryData<string> Names => ["web", "..", @"..\..\boot", "C:con", "nul", "web:8080", "~", "$(rm)", "вэб", "-", new string('x', 255), "a*?<>|\"'"];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_name_of_a_service_is_a_safe_name_of_a_file(string name) =>
        Assert.Matches(Safe(), SnapshotPaths.FileName("source", new ServiceName(name)));

    [Fact]
    public void What_is_not_the_same_has_files_of_its_own()
    {
        ServiceName[] services =
            [new("web"), new("Web"), new("WEB"), new("web", "dc1"), new("web@dc1"), new("web", "DC1"), new("w_b"), new("w:b"), new(new string('x', 254)), new(new string('x', 255))];
        var names = (from service in services from source in new[] { "a", "b" } select SnapshotPaths.FileName(source, service)).ToArray();
        Assert.Equal(names.Length, names.Distinct(StringComparer.OrdinalIgnoreCase).Count());
        Assert.Equal(SnapshotPaths.FileName("a", services[0]), SnapshotPaths.FileName("a", new ServiceName("web")));
    }

    [GeneratedRegex(@"\A[a-z0-9_-]{1,40}-[0-9a-f]{16}\.json\z")]
    private static partial Regex Safe();
}

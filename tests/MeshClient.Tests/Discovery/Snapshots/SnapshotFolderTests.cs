using System.Collections.Frozen;
using MeshClient.Discovery.Snapshots;
using MeshClient.Model;
using MeshClient.Tests.Doubles;

namespace MeshClient.Tests.Discovery.Snapshots;

public sealed class SnapshotFolderTests : IDisposable
{
    private const string Good = """
        { "format": "meshclient-snapshot", "version": 1, "source": "here", "service": "web", "confirmed": "2026-01-01T00:00:00Z",
          "endpoints": [ { "id": "a", "host": "10.0.0.1", "port": 80, "weight": 1, "health": "Passing" } ] }
        """;

    private static readonly ServiceName Web = new("web");
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly TempFolder _temp = new();
    private readonly SnapshotFolder _folder;

    public SnapshotFolderTests() => _folder = new SnapshotFolder(Path.Combine(_temp.Path, "made", "by it"), "here");

    public void Dispose() => _temp.Dispose();

    [Fact]
    public void What_was_written_is_read_in_full()
    {
        var service = new ServiceName("web", "dc2");
        var set = new SavedSet(new ServiceSnapshot(service,
        [
            new Endpoint
            {
                InstanceId = "node/a", Host = "fe80::1", Port = 443, Weight = 3, Health = EndpointHealth.Warning, Tags = ["x", "y"],
                Meta = new Dictionary<string, string> { ["zone"] = "ü" }.ToFrozenDictionary(), Node = "node", Datacenter = "dc2",
                TakesMutualTls = true, IsSidecar = true,
            },
            new Endpoint { InstanceId = "b", Host = "web.internal", Port = 0, Weight = 0, Health = EndpointHealth.Maintenance },
        ]), Now);

        _folder.Write(set);

        Assert.Equal(set, _folder.Read(service));
        Assert.Null(_folder.Read(Web));
        Assert.Null(new SnapshotFolder(Path.GetDirectoryName(_folder.PathOf(service))!, "there").Read(service));
    }

    [Fact]
    public void An_instance_that_no_file_may_hold_is_left_out_and_the_others_are_kept()
    {
        var good = new Endpoint { InstanceId = "a", Host = "10.0.0.1", Port = 80 };
        _folder.Write(new SavedSet(new ServiceSnapshot(Web, [new Endpoint { InstanceId = "b", Host = "no host", Port = 80 }, good, good with { Port = 81 }]), Now));
        Assert.Equal(new ServiceSnapshot(Web, [good]), _folder.Read(Web)!.Snapshot);
    }

    [Fact]
    public void A_file_of_any_length_is_cited_in_part()
    {
        _folder.Write(Set(1));
        File.WriteAllText(_folder.PathOf(Web), Good.Replace("here", new string('h', 10_000), StringComparison.Ordinal));
        Assert.InRange(Assert.Throws<InvalidDataException>(() => _folder.Read(Web)).Message.Length, 500, 600);
        File.WriteAllText(_folder.PathOf(Web), $"{{\"{new string('k', 10_000)}\": [");
        Assert.InRange(Assert.Throws<InvalidDataException>(() => _folder.Read(Web)).Message.Length, 100, 1000);
    }

    [Fact]
    public void Folder_and_file_are_the_owners_alone()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no modes; the folder's access list is inherited.");
        _folder.Write(Set(1));
        if (!OperatingSystem.IsWindows())
        {
            var path = _folder.PathOf(Web);
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.GetDirectoryName(path)!));
        }
    }

    [Fact]
    public void Without_a_file_or_a_folder_there_is_no_set()
    {
        Assert.Null(_folder.Read(Web));
        _folder.DeleteAbandoned(Web, Now);
    }

    [Theory]
    [InlineData("", "damaged")]
    [InlineData("\0\0\0\0", "damaged")]
    [InlineData("half", "damaged")]
    [InlineData(Good + "more", "damaged")]
    [InlineData("[]", "damaged")]
    [InlineData("null", "found null")]
    [InlineData("{}", "found none 0")]
    [InlineData("\"format\": \"meshclient-snapshot\"|\"format\": \"other\"", "found other 1")]
    [InlineData("\"version\": 1|\"version\": 2", "found meshclient-snapshot 2")]
    [InlineData("\"source\": \"here\"|\"source\": \"there\"", "found web of there")]
    [InlineData("\"service\": \"web\"|\"service\": \"Web\"", "found Web of here")]
    [InlineData("\"service\": \"web\"|\"service\": \"web\", \"datacenter\": \"dc1\"", "found web@dc1 of here")]
    [InlineData("\"confirmed\": \"2026-01-01T00:00:00Z\",|", "a file without")]
    [InlineData("\"confirmed\": \"2026-|\"confirmed\": \"yesterday", "damaged")]
    [InlineData("[ {|[ null, {", "each instance")]
    [InlineData("\"id\": \"a\"|\"id\": \"\"", "each instance")]
    [InlineData("\"host\": \"10.0.0.1\",|", "each instance")]
    [InlineData("10.0.0.1|http://evil/", "each instance")]
    [InlineData("\"port\": 80|\"port\": 70000", "each instance")]
    [InlineData("\"weight\": 1|\"weight\": -1", "each instance")]
    [InlineData("\"Passing\"|17", "each instance")]
    [InlineData("\"Passing\"|\"Well\"", "damaged")]
    [InlineData("\"id\": \"a\"|\"id\": \"a\", \"tags\": [ null ]", "each instance")]
    [InlineData("\"id\": \"a\"|\"id\": \"a\", \"meta\": { \"k\": null }", "each instance")]
    [InlineData("} ]|}, { \"id\": \"a\", \"host\": \"10.0.0.2\", \"port\": 80, \"weight\": 1, \"health\": \"Passing\" } ]", "found one twice")]
    public void A_file_that_is_damaged_or_not_ours_is_refused_with_the_reason(string change, string reason)
    {
        var text = change.Split('|') is [var from, var to] ? Good.Replace(from, to, StringComparison.Ordinal) : change == "half" ? Good[..100] : change;
        Put(text);
        var error = Assert.Throws<InvalidDataException>(() => _folder.Read(Web));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.Contains("expected", error.Message, StringComparison.Ordinal);
        Assert.Contains("delete", error.Message, StringComparison.Ordinal);

        Put(Good);
        Assert.Equal("10.0.0.1", Assert.Single(_folder.Read(Web)!.Snapshot.Endpoints).Host);
    }

    [Fact]
    public void A_file_that_is_too_big_is_not_even_read()
    {
        Put("");
        using (var file = File.OpenWrite(_folder.PathOf(Web)))
            file.SetLength(SnapshotFolder.MaxBytes + 1);
        Assert.Contains("at most 64 MiB", Assert.Throws<InvalidDataException>(() => _folder.Read(Web)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(UnixFileMode.GroupWrite, "0620")]
    [InlineData(UnixFileMode.GroupRead, "0640")]
    [InlineData(UnixFileMode.OtherWrite, "0602")]
    [InlineData(UnixFileMode.OtherRead, "0604")]
    public void A_file_that_is_not_this_users_alone_is_refused(UnixFileMode more, string mode)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no modes; the folder's access list is inherited.");
        Put(Good);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(_folder.PathOf(Web), UnixFileMode.UserRead | UnixFileMode.UserWrite | more);
            var error = Assert.Throws<InvalidDataException>(() => _folder.Read(Web));
            Assert.Contains($"found mode {mode}: chmod go= it", error.Message, StringComparison.Ordinal);
            File.SetUnixFileMode(_folder.PathOf(Web), UnixFileMode.UserRead);
            Assert.NotNull(_folder.Read(Web));
        }
    }

    [Theory]
    [InlineData(UnixFileMode.GroupWrite, "0720")]
    [InlineData(UnixFileMode.OtherWrite, "0702")]
    [InlineData(UnixFileMode.OtherWrite | UnixFileMode.StickyBit, "1702")]
    public void A_folder_that_others_can_write_to_is_neither_read_nor_written(UnixFileMode more, string mode)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no modes; the folder's access list is inherited.");
        Put(Good);
        if (!OperatingSystem.IsWindows())
        {
            var folder = Path.GetDirectoryName(_folder.PathOf(Web))!;
            const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
            File.SetUnixFileMode(folder, Owner | more);
            foreach (var use in (Action[])[() => _folder.Read(Web), () => _folder.Write(Set(1))])
                Assert.Contains($"found {folder} with mode {mode}: chmod go-w it", Assert.Throws<InvalidDataException>(use).Message, StringComparison.Ordinal);
            Assert.Equal(Good, File.ReadAllText(Assert.Single(_temp.Files)));

            // Others may look into it: what is in there is closed by itself.
            File.SetUnixFileMode(folder, Owner | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
            Assert.NotNull(_folder.Read(Web));
            _folder.Write(Set(1));
        }
    }

    [Fact]
    public void Of_a_link_the_folder_behind_it_counts()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no modes; the folder's access list is inherited.");
        Put(Good);
        if (!OperatingSystem.IsWindows())
        {
            var folder = Path.GetDirectoryName(_folder.PathOf(Web))!;
            var link = Path.Combine(_temp.Path, "link");
            Directory.CreateSymbolicLink(link, folder);
            var linked = new SnapshotFolder(link, "here");
            linked.Write(Set(1));
            Assert.NotNull(linked.Read(Web));
            File.SetUnixFileMode(folder, File.GetUnixFileMode(folder) | UnixFileMode.OtherWrite);
            Assert.Throws<InvalidDataException>(() => linked.Read(Web));
        }
    }

    [Fact]
    public void A_write_that_fails_leaves_nothing_behind()
    {
        Directory.CreateDirectory(Path.Combine(_folder.PathOf(Web), "in the way"));
        Assert.ThrowsAny<Exception>(() => _folder.Write(Set(1)));
        Assert.Empty(_temp.Files);
    }

    [Fact]
    public void Only_what_a_crash_left_long_ago_is_deleted()
    {
        _folder.Write(Set(1));
        var old = _folder.PathOf(Web) + ".0a1b2c3d.tmp";
        var fresh = _folder.PathOf(Web) + ".1a1b2c3d.tmp";
        var others = _folder.PathOf(new ServiceName("other")) + ".2a1b2c3d.tmp";
        foreach (var path in (string[])[old, fresh, others])
        {
            File.WriteAllText(path, "");
            File.SetLastWriteTimeUtc(path, Now.UtcDateTime - (path == fresh ? TimeSpan.FromMinutes(1) : TimeSpan.FromHours(1)));
        }
        _folder.DeleteAbandoned(Web, Now);
        Assert.Equal(new[] { _folder.PathOf(Web), fresh, others }.Order(), _temp.Files.Order());
    }

    [Fact]
    public async Task Processes_that_share_the_folder_never_find_half_a_file()
    {
        _folder.Write(Set(1));
        var writers = Enumerable.Range(1, 3).Select(count => Task.Run(() =>
        {
            for (var i = 0; i < 30; i++)
                _folder.Write(Set(count * 100));
        })).ToArray();
        do
            Assert.Contains(_folder.Read(Web)!.Snapshot.Endpoints.Length, new[] { 1, 100, 200, 300 });
        while (!Task.WhenAll(writers).IsCompleted);
        await Task.WhenAll(writers);
        Assert.Single(_temp.Files);
    }

    private static SavedSet Set(int count) => new(new ServiceSnapshot(Web, [.. Enumerable.Range(0, count).Select(i => Make.Endpoint(i))]), Now);

    private void Put(string text)
    {
        _folder.Write(Set(1));
        File.WriteAllText(_folder.PathOf(Web), text);
    }
}

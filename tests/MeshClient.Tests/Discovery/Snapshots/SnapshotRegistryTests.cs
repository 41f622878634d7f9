using MeshClient.Discovery;
using MeshClient.Discovery.Snapshots;
using MeshClient.Model;
using MeshClient.Telemetry;
using MeshClient.Tests.Doubles;
using Microsoft.Extensions.Time.Testing;

namespace MeshClient.Tests.Discovery.Snapshots;

public sealed class SnapshotRegistryTests : IAsyncDisposable
{
    private const int Ignored = 1040;
    private const int NotSaved = 1041;
    private const int SavesAgain = 1042;
    private const int Saved = 1043;

    private static readonly ServiceName Web = new("web");
    private static readonly TimeSpan MaxAge = TimeSpan.FromHours(24);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly TempFolder _temp = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly TestLog<SnapshotStore> _log = new();
    private readonly TestMeters _meters = new();
    private readonly SnapshotFolder _folder;
    private readonly List<Process> _processes = [];

    public SnapshotRegistryTests() => _folder = new SnapshotFolder(Path.Combine(_temp.Path, "kept"), "here");

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
            await process.DisposeAsync();
        _temp.Dispose();
    }

    [Fact]
    public async Task A_process_that_starts_while_the_registry_fails_knows_what_the_one_before_knew()
    {
        await RunAsync(2);
        var confirmed = _time.GetUtcNow();
        _time.Advance(TimeSpan.FromHours(3));

        var process = Start();
        process.Registry.Say(new RegistryUpdate.Fault("No connection."));
        await Eventually.True(() => process.State.Trouble == "No connection.");

        Assert.Equal(Set(2), process.State.LastGood);
        Assert.Equal(confirmed, process.State.StaleSince);
        var said = Assert.Single(process.Log.Entries, e => e.Id == 1000);
        Assert.Contains("No connection. The instances that were saved are used until it does", said.Text, StringComparison.Ordinal);
        Assert.Contains("2 instances", said.Text, StringComparison.Ordinal);
        Assert.Equal(0, process.Log.Count(1002));

        process.Registry.Say(new RegistryUpdate.Snapshot(Set(5)));
        await Eventually.True(() => process.State.Trouble is null);
        Assert.Equal(new WatchState(process.State.LastGood, null, null), process.State);
        Assert.Equal(5, process.State.LastGood!.Endpoints.Length);
        Assert.Equal(1, process.Log.Count(1002));
    }

    [Fact]
    public async Task A_silent_registry_has_its_time_first()
    {
        await RunAsync(1);
        var process = Start();
        await Eventually.True(() => process.Registry.Active == 1);
        _time.Advance(Patience - TimeSpan.FromTicks(1));
        Assert.Equal(WatchState.Empty, process.State);

        await Eventually.True(_time, TimeSpan.FromMilliseconds(1), () => process.State.LastGood is not null);
        Assert.Contains("has not answered since the start", process.State.Trouble, StringComparison.Ordinal);
        Assert.NotNull(process.State.StaleSince);
    }

    [Fact]
    public async Task A_registry_that_answers_is_believed_and_the_disk_not_read()
    {
        await RunAsync(1);
        File.WriteAllText(_folder.PathOf(Web), "damaged");
        var process = Start();
        process.Registry.Say(new RegistryUpdate.Snapshot(Set(3)));
        await Eventually.True(() => process.State.LastGood?.Endpoints.Length == 3);
        _time.Advance(Patience * 2);
        await process.DisposeAsync();
        Assert.Equal(0, _log.Count(Ignored));
        Assert.Equal(0, process.Log.Count(1000));
    }

    [Fact]
    public async Task A_registry_that_throws_is_told_of_and_what_it_says_later_is_not_overruled()
    {
        await RunAsync(1);
        var process = Start();
        await Eventually.True(() => process.Registry.Active == 1);
        process.Registry.Break(new InvalidOperationException("torn"));
        await Eventually.True(() => process.State.Trouble?.StartsWith("The registry's stream", StringComparison.Ordinal) == true);
        Assert.Equal(Set(1), process.State.LastGood);

        await Eventually.True(_time, TimeSpan.FromMilliseconds(100), () => process.Registry.Active == 1);
        process.Registry.Say(new RegistryUpdate.Snapshot(Set(4)));
        await Eventually.True(() => process.State.LastGood?.Endpoints.Length == 4);
        var started = process.Registry.Started;
        process.Registry.Break(null);
        await Eventually.True(_time, TimeSpan.FromMilliseconds(100), () => process.Registry.Started > started);
        process.Registry.Say(new RegistryUpdate.Fault("away"));
        await Eventually.True(() => process.State.Trouble == "away");
        Assert.Equal(4, process.State.LastGood!.Endpoints.Length);
    }

    [Theory]
    [InlineData(24 * 60, true)]
    [InlineData((24 * 60) + 1, false)]
    [InlineData(-5, true)]
    [InlineData(-6, false)]
    public async Task Only_a_set_of_a_believable_age_is_used(int minutes, bool used)
    {
        _folder.Write(new SavedSet(Set(1), _time.GetUtcNow() - TimeSpan.FromMinutes(minutes)));
        var process = Start();
        process.Registry.Say(new RegistryUpdate.Fault("away"));
        await Eventually.True(() => process.State.Trouble == "away");
        Assert.Equal(used, process.State.LastGood is not null);
        Assert.True(process.State.StaleSince is null || process.State.StaleSince <= _time.GetUtcNow());
        Assert.Equal(used ? 0 : 1, _log.Count(Ignored));
        Assert.All(_log.Entries.Where(e => e.Id == Ignored), e =>
            Assert.Contains(minutes > 0 ? "Mesh:Snapshot:MaxAge" : "set this machine's clock", e.Text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_damaged_file_is_said_once_and_the_process_starts_without()
    {
        await RunAsync(1);
        File.WriteAllText(_folder.PathOf(Web), "{ \"format\": \"mesh");
        var process = Start();
        for (var i = 1; i <= 3; i++)
        {
            process.Registry.Say(new RegistryUpdate.Fault($"away {i}"));
            await Eventually.True(() => process.State.Trouble == $"away {i}");
            var started = process.Registry.Started;
            process.Registry.Break(null);
            await Eventually.True(_time, TimeSpan.FromSeconds(1), () => process.Registry.Started > started);
        }
        Assert.Null(process.State.LastGood);
        var said = Assert.Single(_log.Entries, e => e.Id == Ignored);
        Assert.Contains(_folder.PathOf(Web), said.Text, StringComparison.Ordinal);
        Assert.Contains("delete it", said.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_empty_set_replaces_the_one_on_disk_and_is_not_served()
    {
        await RunAsync(3);
        await RunAsync(0);
        Assert.Empty(_folder.Read(Web)!.Snapshot.Endpoints);
        var process = Start();
        process.Registry.Say(new RegistryUpdate.Fault("away"));
        await Eventually.True(() => process.State.Trouble == "away");
        Assert.Equal(new WatchState(null, null, "away"), process.State);
        Assert.Equal(0, _log.Count(Ignored));
    }

    [Fact]
    public async Task Flapping_does_not_wear_the_disk_and_the_last_set_is_on_it_in_the_end()
    {
        var process = Start();
        for (var i = 1; i <= 300; i++)
        {
            process.Registry.Say(new RegistryUpdate.Snapshot(Set(1 + (i % 7))));
            await Eventually.True(() => process.State.LastGood?.Endpoints.Length == 1 + (i % 7));
            _time.Advance(TimeSpan.FromMilliseconds(100));
        }
        await process.DisposeAsync();
        // 30 s: after one, then every ten, and at the end.
        Assert.InRange(_log.Count(Saved), 2, 5);
        Assert.Equal(1 + (300 % 7), _folder.Read(Web)!.Snapshot.Endpoints.Length);
    }

    [Fact]
    public async Task A_set_that_does_not_change_stays_fresh_on_disk_while_the_registry_confirms_it()
    {
        var process = Start();
        process.Registry.Say(new RegistryUpdate.Snapshot(Set(1)));
        await Eventually.True(() => process.State.LastGood is not null);
        for (var time = TimeSpan.Zero; time < 2 * MaxAge; time += SnapshotSaver.Refresh)
        {
            // In steps: the saver sets its next timer some time after what it wrote is to be seen.
            var next = _time.GetUtcNow() + SnapshotSaver.Refresh;
            await Eventually.True(_time, TimeSpan.FromMinutes(1), () => _folder.Read(Web)?.Confirmed >= next);
        }

        process.Registry.Say(new RegistryUpdate.Fault("away"));
        await Eventually.True(() => process.State.Trouble is not null);
        var confirmed = _time.GetUtcNow();
        _time.Advance(TimeSpan.FromHours(5));
        await process.DisposeAsync();
        Assert.Equal(confirmed, _folder.Read(Web)!.Confirmed);
    }

    [Fact]
    public async Task A_disk_that_cannot_be_written_is_said_once_and_harms_nothing()
    {
        var place = Path.Combine(_temp.Path, "kept");
        await File.WriteAllTextAsync(place, "a file in the way of the folder");
        var process = Start();
        for (var i = 1; i <= 3; i++)
        {
            process.Registry.Say(new RegistryUpdate.Snapshot(Set(i)));
            await Eventually.True(() => process.State.LastGood?.Endpoints.Length == i);
            await Eventually.True(_time, TimeSpan.FromSeconds(1), () => _log.Count(NotSaved) == 1);
            _time.Advance(SnapshotSaver.Retry);
        }
        File.Delete(place);
        await Eventually.True(_time, TimeSpan.FromSeconds(1), () => _log.Count(SavesAgain) == 1);
        Assert.Equal(1, _log.Count(NotSaved));
        Assert.Contains("leave out Mesh:Snapshot:Folder", _log.Entries.Single(e => e.Id == NotSaved).Text, StringComparison.Ordinal);
        await process.DisposeAsync();
        Assert.Equal(3, _folder.Read(Web)!.Snapshot.Endpoints.Length);
        Assert.Null(process.State.Trouble);
    }

    [Fact]
    public async Task A_folder_that_others_can_write_to_is_said_with_the_remedy_and_not_used()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no modes; the folder's access list is inherited.");
        await RunAsync(2);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(Path.Combine(_temp.Path, "kept"), (UnixFileMode)0b111_111_111);

        var process = Start();
        process.Registry.Say(new RegistryUpdate.Fault("away"));
        await Eventually.True(() => _log.Count(Ignored) == 1);
        Assert.Null(process.State.LastGood);
        Assert.Contains("with mode 0777: chmod go-w it", _log.Entries.Single(e => e.Id == Ignored).Text, StringComparison.Ordinal);

        process.Registry.Say(new RegistryUpdate.Snapshot(Set(3)));
        await Eventually.True(_time, TimeSpan.FromSeconds(1), () => _log.Count(NotSaved) == 1);
        Assert.Contains("with mode 0777: chmod go-w it", _log.Entries.Single(e => e.Id == NotSaved).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_end_of_the_process_waits_for_what_is_not_yet_written()
    {
        var process = Start();
        process.Registry.Say(new RegistryUpdate.Snapshot(Set(2)));
        await Eventually.True(() => process.State.LastGood is not null);
        Assert.Null(_folder.Read(Web));
        await process.Store.DisposeAsync();
        Assert.Equal(new SavedSet(Set(2), _time.GetUtcNow()), _folder.Read(Web));
    }

    [Fact]
    public async Task A_watch_that_ends_before_the_registry_has_answered_leaves_the_file_alone()
    {
        await RunAsync(2);
        var before = _folder.Read(Web);
        var process = Start();
        await Eventually.True(() => process.Registry.Active == 1);
        _time.Advance(TimeSpan.FromMilliseconds(500));
        await process.DisposeAsync();
        Assert.Equal(0, process.Registry.Active);
        Assert.Equal(before, _folder.Read(Web));
        Assert.Equal(0, process.Log.Count(1000));
    }

    private static ServiceSnapshot Set(int count) => new(Web, [.. Enumerable.Range(0, count).Select(i => Make.Endpoint(i))]);

    /// <summary>A process that learns a set and ends.</summary>
    private async Task RunAsync(int count)
    {
        var process = Start();
        process.Registry.Say(new RegistryUpdate.Snapshot(Set(count)));
        await Eventually.True(() => process.State.LastGood?.Endpoints.Length == count);
        await process.DisposeAsync();
    }

    private Process Start()
    {
        var process = new Process(new SnapshotStore(_folder, MaxAge, _time, _log), _time, _meters);
        _processes.Add(process);
        return process;
    }

    /// <summary>What one process of the mesh has of this.</summary>
    private sealed class Process : IAsyncDisposable
    {
        private readonly ServiceWatches _watches;
        private readonly IServiceWatch _view;

        public Process(SnapshotStore store, TimeProvider time, TestMeters meters)
        {
            Store = store;
            _watches = new ServiceWatches(new SnapshotRegistry(Registry, store, Patience, time), time, new SeededRandom(1), new MeshMetrics(meters), Log);
            _view = _watches.Watch(Web, _ => { });
        }

        public ScriptedRegistry Registry { get; } = new();

        public TestLog<ServiceWatches> Log { get; } = new();

        public SnapshotStore Store { get; }

        public WatchState State => _view.Current;

        public async ValueTask DisposeAsync()
        {
            await _watches.DisposeAsync();
            await Store.DisposeAsync();
        }
    }
}

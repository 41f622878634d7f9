using System.Text.Json;
using MeshClient.Consul.Api;
using MeshClient.Consul.Discovery;
using MeshClient.Discovery.Snapshots;
using MeshClient.FuzzTests.Fuzzing;
using MeshClient.Model;

namespace MeshClient.FuzzTests.Targets;

/// <summary>A saved set as it is found on disk: refused with a sentence, or endpoints that can be picked and connected to.</summary>
internal sealed class SavedSets : IFuzzTarget
{
    private const string Source = "http://127.0.0.1:8500/";
    private static readonly ServiceName s_web = new("web");
    private static readonly IReadOnlyList<byte[]> s_seeds = [.. Seeds.Of("health-").Select(Saved)];

    public int Inputs => 300;

    public byte[] Make(Mutator mutator) => mutator.Mutate(s_seeds);

    public long Allowance(byte[] input) => (1 << 19) + (64L * input.Length);

    public Task TakeAsync(byte[] input)
    {
        var folder = Directory.CreateTempSubdirectory("mesh-fuzz-");
        try
        {
            var saved = new SnapshotFolder(folder.FullName, Source);
            var path = saved.PathOf(s_web);
            File.WriteAllBytes(path, input);
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            Read(saved);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
        return Task.CompletedTask;
    }

    private static void Read(SnapshotFolder folder)
    {
        try
        {
            var set = folder.Read(s_web);
            Assert.NotNull(set);
            Assert.Equal(s_web, set.Snapshot.Service);
            HealthAnswers.Use(set.Snapshot.Endpoints, TimeProvider.System);
        }
        catch (InvalidDataException exception)
        {
            Assert.InRange(exception.Message.Length, 1, 4000);
        }
    }

    private static byte[] Saved(byte[] answer)
    {
        using var list = JsonDocument.Parse(HttpAnswer.Split(answer).Body);
        var entries = list.RootElement.EnumerateArray().Select(entry => entry.Deserialize(ConsulJson.Default.HealthEntry)!);
        var set = new SavedSet(new ServiceSnapshot(s_web, new EndpointMapper().Map([.. entries])), DateTimeOffset.UnixEpoch);
        return JsonSerializer.SerializeToUtf8Bytes(SnapshotFile.Of(Source, set), SnapshotJson.Default.SnapshotFile);
    }
}

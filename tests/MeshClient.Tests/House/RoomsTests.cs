using System.Text.RegularExpressions;

namespace MeshClient.Tests.House;

/// <summary>Rules of the house: a room uses only the rooms above it, and files stay small.</summary>
public sealed partial class RoomsTests
{
    private const int LongestFile = 300;

    // Top = used by all below. A new room takes its place here first.
    private static readonly string[] s_rooms =
    [
        "Primitives", "Telemetry", "Model", "Matching", "Identity", "Intentions", "Discovery", "Transport", "Measures", "Endpoints", "Routing",
        "Balancing", "OutlierDetection", "Resilience", "Grpc", "LoadReports", "Clusters", "HealthChecks", "Http", "Consul", "Configuration", "DependencyInjection",
    ];

    public static TheoryData<string> Rooms => [.. s_rooms];

    [Theory]
    [MemberData(nameof(Rooms))]
    public void A_room_uses_only_the_rooms_above_it(string room)
    {
        var below = s_rooms[(Array.IndexOf(s_rooms, room) + 1)..];
        var found = Directory.EnumerateFiles(Path.Combine(Source, room), "*.cs", SearchOption.AllDirectories)
            .SelectMany(file => Uses().Matches(File.ReadAllText(file)).Select(m => (File: Path.GetRelativePath(Source, file), Room: m.Groups[1].Value)))
            .Where(use => below.Contains(use.Room))
            .Distinct();
        Assert.Empty(found);
    }

    [Fact]
    public void Every_folder_is_a_known_room() =>
        Assert.Empty(Directory.EnumerateDirectories(Source).Select(d => Path.GetFileName(d)).Except([.. s_rooms, "buildTransitive", "bin", "obj"]));

    [Fact]
    public void Files_stay_small()
    {
        Assert.NotEmpty(Sources);
        Assert.All(Sources, f => Assert.True(File.ReadLines(f).Count() <= LongestFile, f));
    }

    // The generator writes those of several files in any order, and two builds of the same sources differ.
    [Fact]
    public void The_messages_of_a_class_stand_in_one_file()
    {
        var classes = Sources.Select(f => (Path: f, Text: File.ReadAllText(f))).Where(f => f.Text.Contains("[LoggerMessage", StringComparison.Ordinal))
            .Select(f => PartialClass().Match(f.Text).Groups[1].Value).ToArray();
        Assert.NotEmpty(classes);
        Assert.Equal(classes.Distinct(), classes);
    }

    private static string Source { get; } = Path.Combine(Repository.Root, "src", "MeshClient");

    private static string[] Sources { get; } =
    [
        .. Directory.EnumerateFiles(Path.Combine(Source, ".."), "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal)),
    ];

    [GeneratedRegex(@"\bpartial class (\w+)")]
    private static partial Regex PartialClass();

    [GeneratedRegex(@"\bMeshClient\.([A-Z]\w+)\b")]
    private static partial Regex Uses();
}

using System.Text.RegularExpressions;

namespace MeshClient.AspNetCore.Tests.Telemetry;

/// <summary>What alerts go by: ids and names that mean one message for ever.</summary>
public sealed partial class LogEventsTests
{
    [Fact]
    public void Ids_and_names_are_unique_and_explicit()
    {
        Assert.NotEmpty(Catalogue.LogEvents);
        Assert.Empty(Catalogue.LogEvents.GroupBy(e => e.Message.EventId).Where(g => g.Count() > 1).Select(g => $"{g.Key}: {string.Join(", ", g.Select(e => e.Class))}"));
        Assert.Empty(Catalogue.LogEvents.GroupBy(e => e.Message.EventName, StringComparer.OrdinalIgnoreCase).Where(g => g.Count() > 1 || string.IsNullOrEmpty(g.Key))
            .Select(g => $"\"{g.Key}\": {string.Join(", ", g.Select(e => e.Message.EventId))}. Give each [LoggerMessage] an EventName of its own."));
    }

    [Fact]
    public void Each_id_is_in_the_range_of_its_class() => Assert.All(Catalogue.LogEvents, e =>
    {
        Assert.True(e.Range is not null, $"{e.Class} declares log messages: put [LogEvents(typeof(<category>), <first id>, <last id>)] on it, with a range of its own.");
        Assert.InRange(e.Message.EventId, e.Range.First, e.Range.Last);
    });

    [Fact]
    public void Ranges_do_not_overlap()
    {
        var ranges = Catalogue.LogEvents.Where(e => e.Range is not null).DistinctBy(e => e.Class).OrderBy(e => e.Range!.First).ToArray();
        Assert.All(ranges.Zip(ranges.Skip(1)), pair => Assert.True(
            pair.First.Range!.Last < pair.Second.Range!.First, $"The ranges of {pair.First.Class} and {pair.Second.Class} overlap."));
    }

    [Fact]
    public void Messages_are_sentences() => Assert.All(Catalogue.LogEvents, e => Assert.Matches(Sentence(), e.Message.Message));

    [Fact]
    public void Nothing_is_logged_but_by_these_messages()
    {
        var sources = Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.cs", SearchOption.AllDirectories).ToArray();
        Assert.NotEmpty(sources);
        Assert.DoesNotContain(sources, f => PlainLog().IsMatch(File.ReadAllText(f)));
    }

    // A full stop, or a placeholder whose value is a sentence.
    [GeneratedRegex(@"(\.|\{(Trouble|Reason|Errors)\})$")]
    private static partial Regex Sentence();

    [GeneratedRegex(@"\.Log(Trace|Debug|Information|Warning|Error|Critical)?\(")]
    private static partial Regex PlainLog();
}

namespace MeshClient.AspNetCore.Tests.Telemetry;

public sealed class TelemetryDocumentTests
{
    [Fact]
    public async Task The_document_lists_every_signal_as_the_code_defines_it()
    {
        var path = Path.Combine(Repository.Root, "docs", "telemetry.md");
        var written = TelemetryDocument.Write();
        if (Environment.GetEnvironmentVariable("MESHCLIENT_WRITE_DOCS") == "1")
            await File.WriteAllTextAsync(path, written, TestContext.Current.CancellationToken);
        var committed = File.Exists(path) ? (await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken)).ReplaceLineEndings("\n") : "";
        Assert.True(committed == written,
            $"docs/telemetry.md is stale: {Difference(committed.Split('\n'), written.Split('\n'))}\nWrite it anew with: {TelemetryDocument.Regenerate}");
    }

    private static string Difference(string[] committed, string[] written)
    {
        var line = committed.Zip(written).TakeWhile(pair => pair.First == pair.Second).Count();
        return $"line {line + 1} says\n  {committed.ElementAtOrDefault(line) ?? "nothing"}\nand should say\n  {written.ElementAtOrDefault(line) ?? "nothing"}";
    }
}

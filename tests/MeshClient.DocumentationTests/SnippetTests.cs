namespace MeshClient.DocumentationTests;

public sealed class SnippetTests
{
    public static TheoryData<string> Blocks => [.. Snippet.All().Select(snippet => snippet.ToString())];

    [Theory]
    [MemberData(nameof(Blocks))]
    public void What_a_document_shows_compiles(string block)
    {
        var errors = SnippetCompiler.Errors(Snippet.All().Single(snippet => snippet.ToString() == block));
        Assert.True(errors.Count == 0, string.Join('\n', errors));
    }

    [Fact]
    public void Each_document_that_is_prepared_for_has_blocks() =>
        Assert.Empty(Preambles.ByDocument.Keys.Except(Snippet.All().Select(snippet => snippet.Document)));

    [Theory]
    [InlineData("builder.Services.AddMash();", "CS1061")]
    [InlineData("builder.Services.AddMesh(mesh => mesh.AddResilience(s => s.AddConcurrencyLimiter(100)));", "CS1061")]
    [InlineData("builder.Services.AddMesh(unknown);", "CS0103")]
    [InlineData("builder.Services.AddMesh()", "CS1002")]
    public void What_does_not_compile_is_told_with_its_line(string code, string error)
    {
        string[] document = ["# Title", "```csharp", "builder.Services.AddMesh();", code, "```"];
        var errors = SnippetCompiler.Errors(Assert.Single(Snippet.In("docs/configuration.md", document)));
        Assert.StartsWith($"docs/configuration.md:4: {error} ", Assert.Single(errors), StringComparison.Ordinal);
    }
}

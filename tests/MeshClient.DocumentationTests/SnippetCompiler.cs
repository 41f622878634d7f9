using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace MeshClient.DocumentationTests;

/// <summary>Compiles a block as the body of a method. Its errors name the line of the document.</summary>
internal static class SnippetCompiler
{
    // The implicit usings of a web application, as its SDK has them.
    private const string Usings = """
        global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; global using System.Net.Http;
        global using System.Net.Http.Json; global using System.Threading; global using System.Threading.Tasks;
        global using Microsoft.AspNetCore.Builder; global using Microsoft.AspNetCore.Hosting; global using Microsoft.AspNetCore.Http;
        global using Microsoft.AspNetCore.Routing; global using Microsoft.Extensions.Configuration; global using Microsoft.Extensions.DependencyInjection;
        global using Microsoft.Extensions.Hosting; global using Microsoft.Extensions.Logging;
        """;

    private static readonly MetadataReference[] s_references =
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(path => MetadataReference.CreateFromFile(path))];

    private static readonly CSharpCompilationOptions s_options = new(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable);

    public static IReadOnlyList<string> Errors(Snippet snippet)
    {
        var preamble = Preambles.Of(snippet.Document);
        var text = $$"""
            {{preamble.Usings}}
            class Document
            {
                {{preamble.Members}}
                async Task Block()
                {
                    await Task.Yield();
            #line {{snippet.Line}} "{{snippet.Document}}"
            {{snippet.Code}}
            #line default
                }
            }
            """;
        var parse = new CSharpParseOptions(LanguageVersion.Latest);
        var compilation = CSharpCompilation.Create(
            "Document", [CSharpSyntaxTree.ParseText(Usings, parse), CSharpSyntaxTree.ParseText(text, parse)], s_references, s_options);
        return [.. compilation.GetDiagnostics().Where(d => d.Severity == DiagnosticSeverity.Error).Select(Text)];
    }

    private static string Text(Diagnostic error)
    {
        var place = error.Location.GetMappedLineSpan();
        return string.Create(CultureInfo.InvariantCulture, $"{place.Path}:{place.StartLinePosition.Line + 1}: {error.Id} {error.GetMessage(CultureInfo.InvariantCulture)}");
    }
}

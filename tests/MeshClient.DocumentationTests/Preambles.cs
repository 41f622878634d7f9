namespace MeshClient.DocumentationTests;

/// <summary>What the text around the blocks of a document takes for granted.</summary>
/// <param name="Usings">Namespaces beside those of every web application.</param>
/// <param name="Members">What is there already when a block begins.</param>
internal sealed record Preamble(string Usings, string Members)
{
    public static Preamble None { get; } = new("", "");
}

internal static class Preambles
{
    private const string
        Application = "WebApplicationBuilder builder = null!; string[] args = null!;",
        Services = "IServiceCollection services = null!;";

    public static IReadOnlyDictionary<string, Preamble> ByDocument { get; } = new Dictionary<string, Preamble>
    {
        ["README.md"] = new("", $"{Application} class CatalogClient(HttpClient http) {{ HttpClient Http => http; }}"),
        ["docs/calls.md"] = new("using MeshClient.Http; using Polly; using Polly.Fallback;",
            $"{Services} HttpClient client = null!; HttpRequestMessage request = null!; record Order(string CustomerId); Order order = null!;"),
        ["docs/configuration.md"] = new("", Application),
        ["docs/getting-started.md"] = new("using MeshClient; using MeshClient.DevRegistry; using Microsoft.Extensions.Configuration; using OpenTelemetry.Metrics; using OpenTelemetry.Trace;",
            $"{Application} {Services} IServiceProvider provider = null!; IConfiguration configuration = null!;"),
        ["docs/grpc.md"] = new("using Grpc.Core; using Grpc.Net.Client; using MeshClient;",
            $"{Application} WebApplication app = null!; static class Pricing {{ public class PricingClient(ChannelBase channel) : ClientBase(channel); }} " +
            "static class PricingReflection { public static (ReadOnlyMemory<byte> SerializedData, int Of) Descriptor; }"),
        ["docs/load-reports.md"] = new("using MeshClient.AspNetCore.LoadReports; using MeshClient.LoadReports;", "WebApplication app = null!;"),
        ["docs/security.md"] = new("using System.Security.Cryptography.X509Certificates; using Microsoft.AspNetCore.Server.Kestrel.Core;",
            $"{Application} KestrelServerOptions kestrel = null!; X509Certificate2 publicCertificate = null!;"),
        ["docs/testing.md"] = new(
            "using MeshClient.Http; using MeshClient.Model; using MeshClient.Testing; using Microsoft.AspNetCore.Mvc.Testing; using Microsoft.AspNetCore.TestHost; using Xunit;",
            "class Program; WebApplicationFactory<Program> catalogFactory = null!; object prices = null!; TestMesh mesh = null!; TestInstance instance = null!; HttpClient client = null!;"),
    };

    public static Preamble Of(string document) => ByDocument.GetValueOrDefault(document, Preamble.None);
}

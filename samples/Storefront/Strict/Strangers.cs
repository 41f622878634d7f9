using System.Security.Cryptography.X509Certificates;
using MeshClient.DevRegistry;
using Spectre.Console;

namespace Storefront.Strict;

/// <summary>Who is refused: callers that prove no identity, one of another mesh, and one that an intention denies; beside them one that is served.</summary>
internal sealed class Strangers(Town town, Connect connect, Stage stage)
{
    /// <summary>Who an intention of the act denies to call the catalog.</summary>
    public const string Denied = "backoffice";

    private const int Forbidden = 403;
    private const int Served = 200;

    private static readonly TimeSpan s_logLimit = TimeSpan.FromSeconds(5);
    private readonly string _instance = Town.Catalogs[0];

    public async Task<Claim> RunAsync(CancellationToken cancellationToken)
    {
        // Another mesh: a registry of its own, with a CA of its own, that issues certificates of "web" as well.
        await using var elsewhere = await DevRegistryServer.StartAsync(cancellationToken: cancellationToken);
        using var client = new HttpClient { BaseAddress = elsewhere.Address };
        using var foreign = await new Connect(client).CertificateAsync("web", cancellationToken);
        using var denied = await connect.CertificateAsync(Denied, cancellationToken);
        using var allowed = await connect.CertificateAsync(Switches.Service, cancellationToken);

        var (trustDomain, _) = await connect.RootAsync(cancellationToken);
        var table = new Table().Border(TableBorder.Rounded).AddColumn($"call to {_instance}").AddColumn("answer").AddColumn($"what {_instance} logged");
        bool[] asExpected =
        [
            await TryAsync("in plain text", "http", null, null, "found plain text"),
            await TryAsync("by TLS without a certificate", "https", null, null, "certificate of the mesh, found none"),
            await TryAsync("as web of another mesh, with another CA", "https", foreign, null, "Expected a chain"),
            await TryAsync($"as {Denied}, which an intention denies", "https", denied, Forbidden, Denied),
            await TryAsync($"as {Switches.Service}, which an intention allows", "https", allowed, Served, null),
        ];
        stage.Show(table);
        return new("Strangers were refused, each for its own reason; a caller that is allowed was served.", Array.TrueForAll(asExpected, one => one));

        async Task<bool> TryAsync(string who, string scheme, X509Certificate2? certificate, int? expected, string? reason)
        {
            using var stranger = new Stranger(town.AddressOf(_instance), scheme, certificate);
            var status = await stranger.CallAsync(cancellationToken);
            var logged = reason is null ? "" : await LoggedAsync(reason, cancellationToken);
            var good = status == expected && logged is not null;
            var answer = status switch { null => "none, connection closed", Stranger.NoAnswer => "none in time", Served => "200, served", Forbidden => "403, refused", _ => status.Value.Text() };
            // A trust domain is long, and all have the same.
            table.AddRow(who, Stage.Colour(answer, good), Markup.Escape((logged ?? $"nothing about \"{reason}\"").Replace(trustDomain, $"{trustDomain[..8]}…", StringComparison.Ordinal)));
            return good;
        }
    }

    /// <summary>The reason in the instance's log that has these words; null = it does not come.</summary>
    private async Task<string?> LoggedAsync(string words, CancellationToken cancellationToken)
    {
        for (var waited = TimeSpan.Zero; waited < s_logLimit; waited += TimeSpan.FromMilliseconds(50))
        {
            var line = town.OutputOf(_instance).Split('\n').LastOrDefault(l => l.Contains(words, StringComparison.Ordinal));
            if (line is not null)
                return Reason(line.Trim());
            await Task.Delay(TimeSpan.FromMilliseconds(50), cancellationToken);
        }
        return null;
    }

    /// <summary>A log line without what the table says already: from where to where.</summary>
    private static string Reason(string line) =>
        line.IndexOf("last said. ", StringComparison.Ordinal) is var at and >= 0 ? line[(at + "last said. ".Length)..] : line;
}

using System.Globalization;
using System.Text;
using MeshClient.Telemetry;

namespace MeshClient.AspNetCore.Tests.Telemetry;

/// <summary>Writes docs/telemetry.md: what is fixed stands here, what the code defines comes from the definitions.</summary>
internal static class TelemetryDocument
{
    public const string Regenerate = "MESHCLIENT_WRITE_DOCS=1 dotnet run --project tests/MeshClient.AspNetCore.Tests -- -class \"*TelemetryDocumentTests\"";

    public static string Write()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"""
            <!-- Written from the code. Do not edit it; write it anew:
                 {Regenerate} -->
            # Telemetry

            Every signal of MeshClient and MeshClient.AspNetCore. They join the application's OpenTelemetry by themselves: an application that calls
            `AddOpenTelemetry().WithMetrics(...).WithTracing(...)` exports them without naming the mesh. One without OpenTelemetry has no listener on them and pays
            nothing; any `MeterListener` or `ActivityListener` on the name `{MeshTelemetry.Name}` gets them as well.

            ## Metrics

            The meter is `{MeshTelemetry.Name}`.


            """);
        Instruments(text);
        Spans(text);
        text.Append("""

            ## What .NET measures itself

            The mesh's connections keep the instruments of the meter `System.Net.Http`, under the application's own meter factory. Each attempt is one measurement
            of `http.client.request.duration`, so a call that was retried once is two; `server.address` is the name in the URL and not an instance, and
            `http.client.open_connections` names the instance in `network.peer.address`. The client's own primary handler takes no part in a call to the
            mesh and measures nothing. Nor does a call to the mesh make .NET's own span (`System.Net.Http.HttpRequestOut`): the attempt's stands in its place. The queries of Consul are measured under the agent's address, each held query for as long as it is held, and make no spans.


            """);
        Logs(text);
        HealthChecks(text);
        return text.ToString().ReplaceLineEndings("\n");
    }

    private static void Instruments(StringBuilder text)
    {
        Row(text, "instrument", "kind", "unit", "tags", "meaning");
        Row(text, "---", "---", "---", "---", "---");
        foreach (var i in Catalogue.Instruments)
            Row(text, Code(i.Name), i.Kind, Code(i.Unit), string.Join(", ", i.Tags.Select(t => Code(t.Name))), i.Description);
        text.AppendLine();
        Tags(text, "tag", Catalogue.Instruments.SelectMany(i => i.Tags));
        foreach (var h in Catalogue.Instruments.OfType<HistogramDefinition>())
            text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"`{h.Name}` proposes the buckets {string.Join(", ", h.Buckets.Select(b => b.ToString(CultureInfo.InvariantCulture)))}.");
    }

    private static void Spans(StringBuilder text)
    {
        if (Catalogue.Spans.Count == 0)
            return;
        text.Append(CultureInfo.InvariantCulture, $"""

            ## Spans

            The source is `{MeshTelemetry.Name}`.


            """);
        Row(text, "span", "kind", "attributes", "meaning");
        Row(text, "---", "---", "---", "---");
        foreach (var s in Catalogue.Spans)
            Row(text, Code(s.Name), s.Kind.ToString(), string.Join(", ", s.Attributes.Select(a => Code(a.Name))), s.Description);
        text.AppendLine();
        Tags(text, "attribute", Catalogue.Spans.SelectMany(s => s.Attributes));
    }

    private static void Tags(StringBuilder text, string title, IEnumerable<TagDefinition> tags)
    {
        Row(text, title, "meaning", "values");
        Row(text, "---", "---", "---");
        foreach (var tag in tags.DistinctBy(t => t.Name).OrderBy(t => t.Name, StringComparer.Ordinal))
            Row(text, Code(tag.Name), tag.Description, tag.Values.Count == 0 ? "open" : string.Join(", ", tag.Values.Select(Code)));
    }

    private static void Logs(StringBuilder text)
    {
        text.Append("""
            ## Logs

            The id and the name of an event never come to mean another message.

            """);
        foreach (var category in Catalogue.LogEvents.GroupBy(e => e.Range!.Category.FullName).OrderBy(g => g.First().Message.EventId))
        {
            text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"`{category.Key}`, ids {category.First().Range!.First} to {category.First().Range!.Last}:").AppendLine();
            Row(text, "id", "name", "level", "message");
            Row(text, "---", "---", "---", "---");
            foreach (var e in category)
                Row(text, e.Message.EventId.ToString(CultureInfo.InvariantCulture), e.Message.EventName!, e.Message.Level.ToString(), e.Message.Message);
        }
    }

    private static void HealthChecks(StringBuilder text)
    {
        text.Append("""

            ## Health checks

            `services.AddHealthChecks().AddMesh()` adds them. They read what is known and make no call; use them for readiness at most, never for liveness. Their data
            has a key for each service, where it tells of services.

            """);
        foreach (var check in Catalogue.HealthChecks)
        {
            text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"`{check.Name}`: {check.Description}").AppendLine();
            Row(text, "data", "meaning");
            Row(text, "---", "---");
            foreach (var (key, description) in check.Data)
                Row(text, Code(key), description);
        }
    }

    private static string Code(string text) => $"`{text}`";

    private static void Row(StringBuilder text, params string[] cells) =>
        text.Append("| ").AppendJoin(" | ", cells.Select(c => c.Replace("|", "\\|", StringComparison.Ordinal))).AppendLine(" |");
}

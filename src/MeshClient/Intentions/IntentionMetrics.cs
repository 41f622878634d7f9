using System.Diagnostics.Metrics;
using MeshClient.Telemetry;

namespace MeshClient.Intentions;

/// <summary>What the intentions are measured by. Counting a decision allocates nothing.</summary>
internal sealed class IntentionMetrics
{
    private static readonly TagDefinition s_decision = new(
        "mesh.intentions.decision", "What became of the request; `would_deny` = served, since the intentions are only tried (`DryRun`).",
        "allow", "deny", "would_deny");

    public static readonly TagDefinition Rule = new(
        "mesh.intentions.rule", "The intention that decided, as `source -> destination`; `default` where none did, `unknown` while none have been read.");

    private static readonly TagDefinition s_destination = new("mesh.intentions.destination", "The service that the intentions are about: this one.");

    private static readonly CounterDefinition s_decisions = new(
        "mesh.intentions.decisions", "{decision}", "Requests that the intentions decided.", s_decision, Rule);

    private static readonly CounterDefinition s_updates = new("mesh.intentions.updates", "{update}", "Changes of the intentions.", s_destination);

    private static readonly CounterDefinition s_errors = new(
        "mesh.intentions.errors", "{error}", "Failed attempts to read the intentions.", MeshTags.ErrorType);

    private static readonly LevelDefinition s_count = new(
        "mesh.intentions.count", "{intention}", "The intentions in force. Absent while nothing is known, when all requests are denied.",
        s_destination);

    private readonly Counter<long> _decisions;
    private readonly Counter<long> _updates;
    private readonly Counter<long> _errors;
    private Func<IntentionTable?> _table = () => null;

    public IntentionMetrics(IMeterFactory meters)
    {
        var meter = MeshTelemetry.MeterOf(meters);
        _decisions = s_decisions.Create(meter);
        _updates = s_updates.Create(meter);
        _errors = s_errors.Create(meter);
        s_count.Create(meter, () => _table() is { } table ? [new Measurement<long>(table.Set.Intentions.Length, s_destination.Of(table.Set.Destination))] : []);
    }

    /// <summary>Measures the table in force.</summary>
    public void Track(Func<IntentionTable?> table) => _table = table;

    public void Allowed(in IntentionDecision decision) => Count("allow", decision);

    public void Denied(in IntentionDecision decision) => Count("deny", decision);

    public void WouldDeny(in IntentionDecision decision) => Count("would_deny", decision);

    public void Updated(string destination) => _updates.Add(1, s_destination.Of(destination));

    public void Failed(string errorType) => _errors.Add(1, MeshTags.ErrorType.Of(errorType));

    private void Count(string what, in IntentionDecision decision) => _decisions.Add(1, s_decision.Of(what), Rule.Of(decision.Rule));
}

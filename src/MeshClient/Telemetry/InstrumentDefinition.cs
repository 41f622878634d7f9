using System.Diagnostics.Metrics;

namespace MeshClient.Telemetry;

/// <summary>
/// An instrument of the library: the meter's instrument and its line in docs/telemetry.md are both made from it, so that neither can drift.
/// Definitions are static fields beside the code that measures; a test finds them there.
/// </summary>
/// <param name="kind">OpenTelemetry's name of the kind.</param>
/// <param name="name">Its name.</param>
/// <param name="unit">Its unit in UCUM.</param>
/// <param name="description">What it measures.</param>
/// <param name="tags">The tags of its measurements.</param>
internal abstract class InstrumentDefinition(string kind, string name, string unit, string description, TagDefinition[] tags)
{
    public string Kind => kind;

    public string Name => name;

    public string Unit => unit;

    public string Description => description;

    public IReadOnlyList<TagDefinition> Tags => tags;
}

/// <summary>Counts what happens.</summary>
internal sealed class CounterDefinition(string name, string unit, string description, params TagDefinition[] tags)
    : InstrumentDefinition("Counter", name, unit, description, tags)
{
    public Counter<long> Create(Meter meter) => meter.CreateCounter<long>(Name, Unit, Description);
}

/// <summary>How values are distributed, with the upper bounds of buckets that are proposed to the listener.</summary>
internal sealed class HistogramDefinition(string name, string unit, string description, double[] buckets, params TagDefinition[] tags)
    : InstrumentDefinition("Histogram", name, unit, description, tags)
{
    /// <summary>OpenTelemetry's buckets for the durations of HTTP requests, in seconds.</summary>
    public static double[] Durations { get; } = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

    public IReadOnlyList<double> Buckets => buckets;

    public Histogram<double> Create(Meter meter) =>
        meter.CreateHistogram(Name, Unit, Description, tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = buckets });
}

/// <summary>A value that is read when somebody collects and that makes no sense as a sum.</summary>
internal sealed class GaugeDefinition(string name, string unit, string description, params TagDefinition[] tags)
    : InstrumentDefinition("Gauge", name, unit, description, tags)
{
    public ObservableGauge<double> Create(Meter meter, Func<IEnumerable<Measurement<double>>> observe) =>
        meter.CreateObservableGauge(Name, observe, Unit, Description);
}

/// <summary>How many there are now, read when somebody collects; a sum over tags is the number of all.</summary>
internal sealed class LevelDefinition(string name, string unit, string description, params TagDefinition[] tags)
    : InstrumentDefinition("UpDownCounter", name, unit, description, tags)
{
    public ObservableUpDownCounter<long> Create(Meter meter, Func<IEnumerable<Measurement<long>>> observe) =>
        meter.CreateObservableUpDownCounter(Name, observe, Unit, Description);
}

using System.Diagnostics.Metrics;

namespace MeshClient.Tests.Doubles;

/// <summary>Listens to the meters of one factory and keeps what they measure.</summary>
internal sealed class Measurements : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly List<(Instrument Instrument, string Text)> _seen = [];
    private readonly Lock _gate = new();

    public Measurements(IMeterFactory meters)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, meters))
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Keep(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Keep(instrument, value, tags));
        _listener.Start();
    }

    /// <summary>What was counted since the last look, or is observed now, as "tag=value,... value" in the order it came.</summary>
    public IReadOnlyList<string> Take(string name)
    {
        lock (_gate)
            _seen.RemoveAll(m => m.Instrument.IsObservable);
        _listener.RecordObservableInstruments();
        lock (_gate)
        {
            var taken = _seen.Where(m => m.Instrument.Name == name).Select(m => m.Text).ToArray();
            _seen.RemoveAll(m => m.Instrument.Name == name);
            return taken;
        }
    }

    public void Dispose() => _listener.Dispose();

    private void Keep(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var text = FormattableString.Invariant($"{string.Join(',', tags.ToArray().Select(t => $"{t.Key}={t.Value}"))} {value}");
        lock (_gate)
            _seen.Add((instrument, text));
    }
}

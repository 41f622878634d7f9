using System.ComponentModel.DataAnnotations;

namespace MeshClient.OutlierDetection;

/// <summary>When an endpoint that fails is ejected, for how long, and how many may be at a time.</summary>
/// <remarks>Envoy's rules exactly: <see cref="AtLeastOne"/> false and <see cref="MaxEjectionPercent"/> 10.</remarks>
public sealed class OutlierDetectionOptions
{
    /// <summary>Whether endpoints are ejected at all. Default true.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>
    /// Failures in a row to get an answer from the application (no connection, a reset, a time-out, 502, 503, 504) that eject. Default 5, as in
    /// Envoy; 1 to 1000, 0 = off.
    /// </summary>
    [Range(0, 1000)]
    public int ConsecutiveGatewayFailures { get; set; } = 5;

    /// <summary>Failures in a row of any kind, every 5xx included, that eject. Default 5, as in Envoy; 1 to 1000, 0 = off.</summary>
    [Range(0, 1000)]
    public int Consecutive5xx { get; set; } = 5;

    /// <summary>
    /// Failures in a row to connect that eject. Default 3: nobody answering at all is clearer than an error, and each costs a caller a connect
    /// time-out. 1 to 1000, 0 = off.
    /// </summary>
    [Range(0, 1000)]
    public int ConnectFailures { get; set; } = 3;

    /// <summary>
    /// The least percentage of successes over 10 s; below it the endpoint is ejected if it also fails at least twice as often as the others.
    /// Default 80, as in Linkerd; 1 to 100, 0 = off.
    /// </summary>
    [Range(0, 100)]
    public int SuccessRatePercent { get; set; } = 80;

    /// <summary>
    /// Calls over 10 s, of the endpoint and of the others, without which its success rate says nothing. Default 10; 1 to 10000.
    /// </summary>
    [Range(1, 10_000)]
    public int SuccessRateMinimumCalls { get; set; } = 10;

    /// <summary>How long the first ejection lasts; each further one twice as long. Default 30 s, as in Envoy; 1 s to 1 hour.</summary>
    public TimeSpan BaseEjectionTime { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The longest ejection, before jitter. Default 300 s, as in Envoy; <see cref="BaseEjectionTime"/> to 1 day.</summary>
    public TimeSpan MaxEjectionTime { get; set; } = TimeSpan.FromSeconds(300);

    /// <summary>
    /// Up to this part of an ejection's time is added at random, so that endpoints ejected together do not return together. Default 0.1; 0 to 1.
    /// </summary>
    [Range(0.0, 1.0)]
    public double Jitter { get; set; } = 0.1;

    /// <summary>
    /// The most endpoints out of service, in percent of the usable ones, rounded down; those that are back but not yet proved count. Default 50:
    /// the survivors take twice their load at worst, and ejection alone never causes a panic. 0 to 100.
    /// </summary>
    [Range(0, 100)]
    public int MaxEjectionPercent { get; set; } = 50;

    /// <summary>
    /// Whether one endpoint of two or more may be ejected even where the percentage allows none. Default true; false leaves small clusters
    /// unprotected, as Envoy's defaults do below ten hosts.
    /// </summary>
    public bool AtLeastOne { get; set; } = true;

    /// <summary>
    /// Good answers in a row, one call at a time, after which an endpoint back from ejection takes its share again, by a slow start. Default 5;
    /// 1 to 1000.
    /// </summary>
    [Range(1, 1000)]
    public int ProbationSuccesses { get; set; } = 5;

    /// <summary>What is out of range, one sentence each.</summary>
    /// <param name="key">The configuration key of this section.</param>
    internal IEnumerable<string> Faults(string key)
    {
        if (OutOf(0, 1000, ConsecutiveGatewayFailures))
            yield return Fault(key, nameof(ConsecutiveGatewayFailures), "0 to 1000", ConsecutiveGatewayFailures);
        if (OutOf(0, 1000, Consecutive5xx))
            yield return Fault(key, nameof(Consecutive5xx), "0 to 1000", Consecutive5xx);
        if (OutOf(0, 1000, ConnectFailures))
            yield return Fault(key, nameof(ConnectFailures), "0 to 1000", ConnectFailures);
        if (OutOf(0, 100, SuccessRatePercent))
            yield return Fault(key, nameof(SuccessRatePercent), "0 to 100", SuccessRatePercent);
        if (OutOf(1, 10_000, SuccessRateMinimumCalls))
            yield return Fault(key, nameof(SuccessRateMinimumCalls), "1 to 10000", SuccessRateMinimumCalls);
        if (BaseEjectionTime < TimeSpan.FromSeconds(1) || BaseEjectionTime > TimeSpan.FromHours(1))
            yield return Fault(key, nameof(BaseEjectionTime), "00:00:01 to 01:00:00", BaseEjectionTime);
        if (MaxEjectionTime < BaseEjectionTime || MaxEjectionTime > TimeSpan.FromDays(1))
            yield return Fault(key, nameof(MaxEjectionTime), $"{BaseEjectionTime} ({nameof(BaseEjectionTime)}) to 1.00:00:00", MaxEjectionTime);
        if (!(Jitter is >= 0 and <= 1))
            yield return Fault(key, nameof(Jitter), "0 to 1", Jitter);
        if (OutOf(0, 100, MaxEjectionPercent))
            yield return Fault(key, nameof(MaxEjectionPercent), "0 to 100", MaxEjectionPercent);
        if (OutOf(1, 1000, ProbationSuccesses))
            yield return Fault(key, nameof(ProbationSuccesses), "1 to 1000", ProbationSuccesses);
    }

    private static bool OutOf(int least, int most, int value) => value < least || value > most;

    private static string Fault(string key, string property, string expected, object found) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{key}:{property}: expected {expected}, found {found}.");
}

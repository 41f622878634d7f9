using System.Globalization;
using System.Text.RegularExpressions;
using CsCheck;
using MeshClient.Consul.Api;
using MeshClient.Http;
using MeshClient.Primitives;
using MeshClient.Resilience;

namespace MeshClient.FuzzTests.Properties;

/// <summary>Times as texts: deadlines, Retry-After, Consul's durations, back-off.</summary>
public sealed partial class TimeoutProperties
{
    private static readonly DateTimeOffset s_now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly Gen<TimeSpan> s_times = Gen.Frequency((3, Gen.Long[0, TimeSpan.TicksPerDay]), (1, Gen.Long)).Select(TimeSpan.FromTicks);

    [Fact]
    public void A_deadline_never_grows_by_being_sent_and_loses_less_than_its_unit() => s_times.Holds(time =>
    {
        var text = GrpcTimeout.Format(time);
        Assert.Matches(Grammar(), text);
        Assert.True(GrpcTimeout.TryParse(text, out var read));
        Assert.InRange(read, TimeSpan.Zero, time < TimeSpan.Zero ? TimeSpan.Zero : time);
        Assert.True(GrpcTimeout.TryParse($"1{text[^1]}", out var unit));
        Assert.True(time < TimeSpan.Zero || time - read < unit || time > TimeSpan.FromHours(99_999_999));
    });

    [Fact]
    public void Exactly_the_texts_of_the_grammar_are_read() =>
        Gen.Frequency((2, Gen.String[Gen.Char["0123456789HMSmun"], 0, 11]), (1, Gen.String[0, 5])).Holds(text =>
            Assert.Equal(Grammar().IsMatch(text), GrpcTimeout.TryParse(text, out _)));

    [Fact]
    public void A_deadline_is_the_earlier_of_two() => Gen.Select(s_times, s_times).Holds((one, other) =>
    {
        var (a, b) = (new Deadline(one), new Deadline(other));
        Assert.Equal(a.Or(b), b.Or(a));
        Assert.Equal(one < other ? one : other, a.Or(b).At);
        Assert.Equal(a, a.Or(Deadline.Never));
    });

    [Fact]
    public void Seconds_to_wait_are_taken_as_they_are() => Gen.Int[0, int.MaxValue].Holds(seconds =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), Read(seconds.ToString(CultureInfo.InvariantCulture))));

    [Fact]
    public void Dates_to_wait_for_are_counted_from_now_and_past_ones_are_now() => Gen.Int[-1_000_000, 1_000_000].Holds(seconds =>
        Assert.Equal(TimeSpan.FromSeconds(Math.Max(0, seconds)), Read(s_now.AddSeconds(seconds).ToString("R", CultureInfo.InvariantCulture))));

    [Fact]
    public void Consuls_durations_carry_a_unit_and_at_least_a_millisecond() => Gen.Long[0, TimeSpan.TicksPerDay * 7].Holds(ticks =>
    {
        var match = GoGrammar().Match(GoDuration.Format(TimeSpan.FromTicks(ticks)));
        Assert.True(match.Success);
        var read = long.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) * (match.Groups[2].Value == "s" ? 1000 : 1);
        Assert.InRange(TimeSpan.FromTicks(ticks).TotalMilliseconds - read, -1, 1);
        Assert.True(ticks == 0 || read > 0);
    });

    [Fact]
    public void Back_off_stays_within_its_bounds() =>
        Gen.Select(Gen.Long[1, TimeSpan.TicksPerHour], Gen.Long[1, TimeSpan.TicksPerHour], Gen.Int[1, int.MaxValue], Gen.Double[0, 0.999999]).Holds(drawn =>
        {
            var (least, most, attempt, draw) = drawn;
            var backoff = new Backoff(TimeSpan.FromTicks(least), TimeSpan.FromTicks(least + most));
            Assert.InRange(backoff.Bound(attempt), backoff.Base, backoff.Cap);
            Assert.InRange(backoff.FullJitter(attempt, draw), TimeSpan.Zero, backoff.Bound(attempt));
            Assert.InRange(backoff.EqualJitter(attempt, draw), backoff.Bound(attempt) * 0.5, backoff.Bound(attempt));
            Assert.True(attempt == int.MaxValue || backoff.Bound(attempt) <= backoff.Bound(attempt + 1));
        });

    private static TimeSpan? Read(string value)
    {
        using var response = new HttpResponseMessage();
        Assert.True(response.Headers.TryAddWithoutValidation("Retry-After", value));
        return RetryAfter.Of(response, s_now);
    }

    [GeneratedRegex(@"\A[0-9]{1,8}[HMSmun]\z")]
    private static partial Regex Grammar();

    [GeneratedRegex(@"\A([0-9]+)(s|ms)\z")]
    private static partial Regex GoGrammar();
}

using MeshClient.AspNetCore.Inbound;
using MeshClient.AspNetCore.LoadReports;
using MeshClient.LoadReports;
using MeshClient.Primitives;
using Microsoft.Extensions.Time.Testing;

namespace MeshClient.AspNetCore.Tests.LoadReports;

public sealed class LoadSamplerTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly ScriptedMeter _process = new();
    private readonly InboundRequests _requests;
    private readonly LoadSampler _sampler;

    public LoadSamplerTests()
    {
        _requests = new InboundRequests(_time);
        _sampler = new LoadSampler(_requests, _process, _time);
    }

    private LoadReport Report => _sampler.Current.Report;

    public void Dispose() => _sampler.Dispose();

    [Fact]
    public void At_the_start_there_are_no_rates()
    {
        Assert.Equal((0, 0, 0, 0.25), (Report.CpuUtilization, Report.RequestsPerSecond, Report.ErrorsPerSecond, Report.MemoryUtilization));
        Assert.Equal(7, Report.NamedMetrics["thread_pool_queue"]);
    }

    [Fact]
    public void Rates_are_of_what_has_come_in_the_last_ten_seconds()
    {
        Pass(seconds: 1, requests: 40, errors: 4, cpu: 2);
        Assert.Equal((0.5, 40, 4), (Report.CpuUtilization, Report.RequestsPerSecond, Report.ErrorsPerSecond));

        Pass(seconds: 1, requests: 20, errors: 0, cpu: 0);
        Assert.Equal((0.25, 30, 2), (Report.CpuUtilization, Report.RequestsPerSecond, Report.ErrorsPerSecond));

        for (var i = 0; i < 10; i++)
            Pass(seconds: 1, requests: 10, errors: 1, cpu: 4);
        Assert.Equal((1.0, 10, 1), (Report.CpuUtilization, Report.RequestsPerSecond, Report.ErrorsPerSecond));
    }

    [Fact]
    public void Requests_in_flight_are_told()
    {
        _requests.Begin(_time.Now());
        _requests.Begin(_time.Now());
        _time.Advance(LoadSampler.Period);
        Assert.Equal(2, Report.NamedMetrics["requests_in_flight"]);
    }

    [Fact]
    public void Requests_in_flight_are_told_against_their_limit_where_there_is_one()
    {
        Assert.Empty(Report.Utilization);
        using var sampler = new LoadSampler(_requests, _process, _time, limit: 4);
        foreach (var expected in (double[])[0.25, 0.5, 0.75, 1, 1])
        {
            _requests.Begin(_time.Now());
            _time.Advance(LoadSampler.Period);
            Assert.Equal(expected, sampler.Current.Report.Utilization["requests_in_flight"]);
        }
    }

    [Fact]
    public void A_sample_is_taken_once_a_second_and_not_for_each_request()
    {
        var sample = _sampler.Current;
        _sampler.Answered(isError: true);
        _time.Advance(TimeSpan.FromMilliseconds(999));
        Assert.Same(sample, _sampler.Current);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.NotSame(sample, _sampler.Current);
    }

    [Fact]
    public void What_the_application_says_goes_over_it_at_once_and_until_it_is_taken_back()
    {
        Pass(seconds: 1, requests: 40, errors: 4, cpu: 2);
        _sampler.Report(new() { ApplicationUtilization = 0.9, RequestsPerSecond = 7, Utilization = new Dictionary<string, double> { ["pool"] = 0.5 } });

        for (var i = 0; i < 2; i++)
        {
            Assert.Equal((0.5, 0.9, 7), (Report.CpuUtilization, Report.ApplicationUtilization, Report.RequestsPerSecond));
            Assert.Equal((0.5, 7), (Report.Utilization["pool"], Report.NamedMetrics["thread_pool_queue"]));
            Assert.True(LoadReportHeader.TryParse(_sampler.Current.Header, out var figures));
            Assert.Equal(new LoadFigures(0.5, 0.9, 7, 4), figures);
            Pass(seconds: 1, requests: 40, errors: 4, cpu: 2);
        }

        _sampler.Report(null);
        Assert.Equal((0, 40), (Report.ApplicationUtilization, Report.RequestsPerSecond));
    }

    [Fact]
    public void A_report_that_is_too_long_is_refused_and_the_last_one_stays()
    {
        _sampler.Report(Reports.Of(2048));
        var sample = _sampler.Current;

        var error = Assert.Throws<ArgumentException>(() => _sampler.Report(Reports.Of(2049)));

        Assert.StartsWith("Expected a load report that takes at most 2048 bytes, as it goes out with each answer, found one of 2049 bytes with 89 names: ", error.Message, StringComparison.Ordinal);
        Assert.Same(sample, _sampler.Current);
    }

    private void Pass(double seconds, int requests, int errors, double cpu)
    {
        for (var i = 0; i < requests; i++)
            _sampler.Answered(isError: i < errors);
        _process.CpuTime += TimeSpan.FromSeconds(cpu);
        _time.Advance(TimeSpan.FromSeconds(seconds));
    }
}

using MeshClient.AspNetCore.Inbound;
using MeshClient.AspNetCore.LoadReports;
using MeshClient.LoadReports;
using MeshClient.Primitives;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace MeshClient.AspNetCore.Tests.LoadReports;

public sealed class LoadReportStreamsTests
{
    [Theory]
    [InlineData("0000000000", "0", 1)]
    [InlineData("00000000040A02080A", "0", 10)]
    [InlineData("00000000070A051080CAB5EE01", "13", 0)]
    [InlineData("00000000080A061080CAB5EE01", "0", 1)]
    [InlineData("", "13", 0)]
    [InlineData("00000000", "13", 0)]
    [InlineData("0000000001", "13", 0)]
    [InlineData("000000000000", "13", 0)]
    [InlineData("00FFFFFFFF", "13", 0)]
    [InlineData("0100000000", "12", 0)]
    [InlineData("00000000020A05", "13", 0)]
    public void A_request_says_how_often(string hex, string status, int seconds) =>
        Assert.Equal((status, TimeSpan.FromSeconds(seconds)), LoadReportStreams.Parse(Convert.FromHexString(hex)));

    [Fact]
    public async Task A_stream_is_no_request_in_flight()
    {
        var time = new FakeTimeProvider();
        var requests = new InboundRequests(time);
        using var sampler = new LoadSampler(requests, new ScriptedMeter(), time);
        var host = new ApplicationLifetime(NullLogger<ApplicationLifetime>.Instance);
        var context = new DefaultHttpContext { Request = { Method = "POST", Body = new MemoryStream(LoadReportRequest.Message(TimeSpan.FromSeconds(5))) } };
        context.Features.Set<IHttpResponseTrailersFeature>(new Trailing());
        requests.Begin(time.Now());
        requests.Begin(time.Now());

        var serving = new LoadReportStreams(sampler, requests, host, time).ServeAsync(context);
        Assert.False(serving.IsCompleted);
        Assert.Equal(1, requests.InFlight);
        time.Advance(LoadSampler.Period);
        Assert.Equal(1, sampler.Current.Report.NamedMetrics[LoadSampler.InFlight]);

        // What counted it at its beginning counts its end.
        host.StopApplication();
        await serving;
        Assert.Equal(2, requests.InFlight);
        Assert.Equal("14", context.Response.Headers.GrpcStatus);
    }

    private sealed class Trailing : IHttpResponseTrailersFeature
    {
        public IHeaderDictionary Trailers { get; set; } = new HeaderDictionary();
    }
}

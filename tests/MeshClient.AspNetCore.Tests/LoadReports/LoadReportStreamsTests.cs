using MeshClient.AspNetCore.Inbound;
using MeshClient.AspNetCore.LoadReports;
using MeshClient.LoadReports;
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
    public async Task A_stream_ends_when_the_server_stops_and_sends_the_client_elsewhere()
    {
        var time = new FakeTimeProvider();
        using var sampler = new LoadSampler(new InboundRequests(time), new ScriptedMeter(), time);
        var host = new ApplicationLifetime(NullLogger<ApplicationLifetime>.Instance);
        var context = new DefaultHttpContext { Request = { Method = "POST", Body = new MemoryStream(LoadReportRequest.Message(TimeSpan.FromSeconds(5))) } };
        context.Features.Set<IHttpResponseTrailersFeature>(new Trailing());

        var serving = new LoadReportStreams(sampler, host, time).ServeAsync(context);
        Assert.False(serving.IsCompleted);

        host.StopApplication();
        await serving;
        Assert.Equal("14", context.Response.Headers.GrpcStatus);
    }

    [Theory]
    [InlineData("0100000000", "12", "identity")]
    [InlineData("00000000020A05", "13", null)]
    public async Task A_compressed_request_is_told_what_is_understood(string hex, string status, string? encodings)
    {
        var time = new FakeTimeProvider();
        using var sampler = new LoadSampler(new InboundRequests(time), new ScriptedMeter(), time);
        var context = new DefaultHttpContext { Request = { Method = "POST", Body = new MemoryStream(Convert.FromHexString(hex)) } };
        context.Features.Set<IHttpResponseTrailersFeature>(new Trailing());

        await new LoadReportStreams(sampler, new ApplicationLifetime(NullLogger<ApplicationLifetime>.Instance), time).ServeAsync(context);

        Assert.Equal((status, encodings), ((string?)context.Response.Headers.GrpcStatus, (string?)context.Response.Headers.GrpcAcceptEncoding));
    }

    private sealed class Trailing : IHttpResponseTrailersFeature
    {
        public IHeaderDictionary Trailers { get; set; } = new HeaderDictionary();
    }
}

using MeshClient.AspNetCore.Inbound;
using MeshClient.AspNetCore.LoadReports;
using MeshClient.AspNetCore.Security;
using MeshClient.LoadReports;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Time.Testing;

namespace MeshClient.AspNetCore.Tests.LoadReports;

public sealed class LoadReportMiddlewareTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly LoadSampler _sampler;

    public LoadReportMiddlewareTests() => _sampler = new LoadSampler(new InboundRequests(_time), new ScriptedMeter(), _time);

    public void Dispose() => _sampler.Dispose();

    [Theory]
    [InlineData("0", 0)]
    [InlineData("5", 0)]
    [InlineData("8", 0)]
    [InlineData("2", 1)]
    [InlineData("13", 1)]
    [InlineData("14", 1)]
    [InlineData("bad", 1)]
    [InlineData(null, 0)]
    public async Task A_grpc_error_is_one_of_the_server_s(string? status, int errors)
    {
        var (context, sample) = (Grpc(), _sampler.Current);
        await RunAsync(context, c =>
        {
            if (status is not null)
                c.Response.Headers["grpc-status"] = status;
        });
        AssertErrors(errors);
        Assert.Equal(sample.Header, context.Response.Headers[LoadReportHeader.Name]);
    }

    [Theory]
    [InlineData(200, 0)]
    [InlineData(404, 0)]
    [InlineData(500, 1)]
    [InlineData(503, 1)]
    public async Task An_http_error_is_a_5xx(int status, int errors)
    {
        await RunAsync(new DefaultHttpContext(), c => c.Response.StatusCode = status);
        AssertErrors(errors);
    }

    [Fact]
    public async Task What_is_thrown_is_an_error()
    {
        foreach (var context in (HttpContext[])[Grpc(), new DefaultHttpContext()])
            await Assert.ThrowsAsync<InvalidTimeZoneException>(() => RunAsync(context, _ => throw new InvalidTimeZoneException()));
        AssertErrors(2);
    }

    [Fact]
    public async Task Trailers_tell_where_the_answer_has_begun()
    {
        var context = Grpc();
        var trailers = new Trailing();
        context.Features.Set<IHttpResponseTrailersFeature>(trailers);
        context.Features.Set<IHttpResponseFeature>(new Begun());
        await RunAsync(context, c => c.Response.AppendTrailer("grpc-status", "13"));
        AssertErrors(1);
        Assert.True(trailers.Trailers.ContainsKey(LoadReportHeader.Name));
        Assert.Empty(context.Response.Headers);
    }

    [Fact]
    public async Task An_endpoint_outside_of_the_mesh_tells_nothing()
    {
        var context = Grpc();
        context.Features.Set(MeshConnection.LeftAlone);
        await RunAsync(context, c => c.Response.Headers["grpc-status"] = "13");
        AssertErrors(0);
        Assert.False(context.Response.Headers.ContainsKey(LoadReportHeader.Name));
    }

    private static DefaultHttpContext Grpc() => new() { Request = { ContentType = "application/grpc" } };

    private Task RunAsync(HttpContext context, Action<HttpContext> answer)
    {
        var middleware = new LoadReportMiddleware(
            c =>
            {
                answer(c);
                return Task.CompletedTask;
            }, _sampler, null!);
        return middleware.InvokeAsync(context);
    }

    private void AssertErrors(int errors)
    {
        _time.Advance(LoadSampler.Period);
        Assert.Equal(errors, _sampler.Current.Report.ErrorsPerSecond);
    }

    private sealed class Trailing : IHttpResponseTrailersFeature
    {
        public IHeaderDictionary Trailers { get; set; } = new HeaderDictionary();
    }

    private sealed class Begun : HttpResponseFeature
    {
        public override bool HasStarted => true;
    }
}

using MeshClient.AspNetCore.Inbound;
using MeshClient.AspNetCore.LoadReports;
using MeshClient.AspNetCore.Security;
using MeshClient.LoadReports;
using MeshClient.Primitives;
using MeshClient.Resilience;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Time.Testing;

namespace MeshClient.AspNetCore.Tests.LoadReports;

public sealed class LoadReportMiddlewareTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly ScriptedMeter _process = new();
    private readonly LoadSampler _sampler;

    public LoadReportMiddlewareTests() => _sampler = new LoadSampler(new InboundRequests(_time), _process, _time, limit: 100);

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
        await RunAsync(Http(), c => c.Response.StatusCode = status);
        AssertErrors(errors);
    }

    [Fact]
    public async Task What_is_thrown_is_an_error()
    {
        foreach (var context in (HttpContext[])[Grpc(), Http()])
            await Assert.ThrowsAsync<InvalidTimeZoneException>(() => RunAsync(context, _ => throw new InvalidTimeZoneException()));
        AssertErrors(2);
    }

    [Theory]
    [InlineData(5000, 0)]
    [InlineData(null, 0)]
    [InlineData(15, 1)]
    [InlineData(0, 1)]
    public async Task A_caller_that_goes_while_it_has_time_leaves_no_error(int? left, int errors)
    {
        var now = _time.Now();
        InboundCall.Current = new InboundCall(left is { } wait ? new Deadline(now + TimeSpan.FromMilliseconds(wait)) : Deadline.Never);
        foreach (var context in (HttpContext[])[Grpc(), Http()])
        {
            context.RequestAborted = new CancellationToken(canceled: true);
            await Assert.ThrowsAsync<OperationCanceledException>(() => RunAsync(context, _ => throw new OperationCanceledException()));
        }
        var told = Grpc();
        told.RequestAborted = new CancellationToken(canceled: true);
        // What gRPC's server makes of a handler that was cancelled.
        await RunAsync(told, c => c.Response.Headers["grpc-status"] = "2");
        AssertErrors(3 * errors);
    }

    [Fact]
    public async Task Trailers_tell_where_the_answer_has_begun()
    {
        var (context, trailers) = GrpcWithTrailers();
        await RunAsync(context, c =>
        {
            Begin(c);
            c.Response.AppendTrailer("grpc-status", "13");
        });
        AssertErrors(1);
        Assert.Equal(["endpoint-load-metrics-bin", "grpc-status"], trailers.Keys.Order());
        Assert.Empty(context.Response.Headers);
    }

    [Fact]
    public async Task Trailers_tell_how_it_is_at_the_end()
    {
        var (context, trailers) = GrpcWithTrailers();
        await RunAsync(context, c =>
        {
            Begin(c);
            Pass(requests: 3);
        });
        Assert.Equal(_sampler.Current.Header, trailers[LoadReportHeader.Name]);

        (context, trailers) = GrpcWithTrailers();
        await RunAsync(context, c =>
        {
            Begin(c);
            c.ReportMeshLoad(new() { ApplicationUtilization = 0.7 });
        });
        Assert.True(LoadReportHeader.TryParse(trailers[LoadReportHeader.Name].ToString(), out var figures));
        Assert.Equal((0.7, 3), (figures.Application, figures.RequestsPerSecond));
    }

    [Fact]
    public async Task Trailers_that_have_been_sent_by_the_end_tell_how_it_was_at_the_beginning()
    {
        var (context, trailers) = GrpcWithTrailers();
        var sample = _sampler.Current;
        await RunAsync(context, c =>
        {
            Begin(c);
            c.Response.AppendTrailer("grpc-status", "4");
            trailers.IsReadOnly = true;
            Pass(requests: 3);
        });
        Assert.Equal(sample.Header, trailers[LoadReportHeader.Name]);
    }

    [Fact]
    public async Task A_header_that_is_handed_on_from_below_is_replaced()
    {
        var (context, trailers) = GrpcWithTrailers();
        foreach (var one in (HttpContext[])[Http(), Grpc(), context])
        {
            await RunAsync(one, static c =>
            {
                c.Response.Headers[LoadReportHeader.Name] = "below";
                Begin(c);
            });
            Assert.Equal(ReferenceEquals(one, context) ? [] : [_sampler.Current.Header], one.Response.Headers[LoadReportHeader.Name]);
        }
        Assert.Equal(_sampler.Current.Header, trailers[LoadReportHeader.Name]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_trailer_that_is_handed_on_from_below_is_replaced(bool isBeforeTheBeginning)
    {
        var (context, trailers) = GrpcWithTrailers();
        await RunAsync(context, c =>
        {
            if (!isBeforeTheBeginning)
                Begin(c);
            c.Response.AppendTrailer(LoadReportHeader.Name, "below");
            Begin(c);
            Pass(requests: 3);
        });
        Assert.Equal(_sampler.Current.Header, trailers[LoadReportHeader.Name]);
        Assert.Empty(context.Response.Headers);
    }

    [Theory]
    [InlineData(404)]
    [InlineData(503)]
    public async Task Headers_tell_where_an_answer_is_none_of_grpc(int status)
    {
        var (context, trailers) = GrpcWithTrailers();
        await RunAsync(context, c => c.Response.StatusCode = status);
        Assert.True(context.Response.Headers.ContainsKey(LoadReportHeader.Name));
        Assert.Empty(trailers);
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

    [Fact]
    public async Task The_longest_reports_together_are_read_by_clients()
    {
        Pass(requests: 3);
        _sampler.Report(Reports.Of(LoadReportLimit.MostBytes, 'a'));
        var context = Grpc();

        await RunAsync(context, c => c.ReportMeshLoad(Reports.Of(LoadReportLimit.MostBytes, 'b')));

        var header = context.Response.Headers[LoadReportHeader.Name].ToString();
        // The longest two and all that is measured.
        Assert.InRange(header.Length, 2 * LoadReportLimit.MostBytes * 4 / 3 + 100, 6_000);
        Assert.True(LoadReportHeader.TryParse(header, out var figures));
        Assert.Equal(3, figures.RequestsPerSecond);
    }

    [Fact]
    public void A_report_of_a_request_that_is_too_long_is_refused()
    {
        var context = Http();
        context.ReportMeshLoad(Reports.Of(2048));
        var error = Assert.Throws<ArgumentException>("report", () => context.ReportMeshLoad(Reports.Of(2049)));
        Assert.StartsWith("Expected a load report that takes at most 2048 bytes, ", error.Message, StringComparison.Ordinal);
        Assert.Equal(89, context.Features.Get<RequestLoad>()!.Report.NamedMetrics.Count);
    }

    private void Pass(int requests)
    {
        for (var i = 0; i < requests; i++)
            _sampler.Answered(isError: true);
        _process.CpuTime += TimeSpan.FromSeconds(1);
        _time.Advance(LoadSampler.Period);
    }

    private static DefaultHttpContext Grpc() => Http("application/grpc");

    private static DefaultHttpContext Http(string? type = null)
    {
        var context = new DefaultHttpContext { Request = { ContentType = type } };
        context.Features.Set<IHttpResponseFeature>(new StartingResponse());
        return context;
    }

    private static (DefaultHttpContext Context, HeaderDictionary Trailers) GrpcWithTrailers()
    {
        var (context, trailers) = (Grpc(), new HeaderDictionary());
        context.Features.Set<IHttpResponseTrailersFeature>(new Trailing { Trailers = trailers });
        return (context, trailers);
    }

    private static void Begin(HttpContext context) => ((StartingResponse)context.Features.GetRequiredFeature<IHttpResponseFeature>()).Begin();

    // As a server does, it begins the answer in the end.
    private async Task RunAsync(HttpContext context, Action<HttpContext> answer)
    {
        var middleware = new LoadReportMiddleware(
            c =>
            {
                answer(c);
                return Task.CompletedTask;
            }, _sampler, null!, _time);
        await middleware.InvokeAsync(context);
        Begin(context);
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

    private sealed class StartingResponse : HttpResponseFeature
    {
        private readonly Stack<(Func<object, Task> Call, object State)> _calls = new();
        private bool _hasStarted;

        public override bool HasStarted => _hasStarted;

        public override void OnStarting(Func<object, Task> callback, object state) => _calls.Push((callback, state));

        public void Begin()
        {
            foreach (var (call, state) in _calls)
                Assert.True(call(state).IsCompletedSuccessfully);
            _calls.Clear();
            _hasStarted = true;
        }
    }
}

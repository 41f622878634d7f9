using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using MeshClient.Tests.Doubles;

namespace MeshClient.Tests.Http;

/// <summary>The signals of gRPC calls by OpenTelemetry's conventions for RPC: they end when the status is known.</summary>
public sealed class RpcTelemetryTests : IDisposable
{
    private const string Duration = "rpc.client.call.duration";
    private const string Tags = "rpc.system.name=grpc,rpc.method=pricing.Pricing/GetPrice,rpc.response.status_code";
    private const string Server = "server.address=catalog,server.port=80";

    private readonly MeshHarness _mesh = new();

    public RpcTelemetryTests() => _mesh.Catalogs("a1", "a2", "a3");

    public void Dispose() => _mesh.Dispose();

    [Fact]
    public async Task A_call_lasts_until_the_end_of_its_stream()
    {
        using var trace = new TestTrace();
        using var measured = new Measurements(_mesh.Meters);
        _mesh.Transports.Answers(_ => Answer(trailer: "0"));
        var response = await _mesh.RunAsync(CallAsync());
        _mesh.Time.Advance(TimeSpan.FromSeconds(3));
        Assert.Empty(trace.Calls);
        Assert.Empty(measured.Take(Duration));
        using var reader = new Activity("reader").Start();

        await response.Content.CopyToAsync(Stream.Null, TestContext.Current.CancellationToken);

        Assert.Equal([$"{Tags}=OK,{Server} 3"], measured.Take(Duration));
        Assert.Equal(
            "pricing.Pricing/GetPrice Unset: mesh.call.attempts=1, mesh.call.end=answered, mesh.rpc.messages.received=0, mesh.rpc.messages.sent=0, mesh.service=catalog, "
            + "rpc.method=pricing.Pricing/GetPrice, rpc.response.status_code=OK, rpc.system.name=grpc, server.address=catalog, server.port=80",
            TestTrace.Text(Assert.Single(trace.Calls)));
        Assert.Same(reader, Activity.Current);
        Assert.Single(trace.AttemptsOf(trace.Calls[0]));
    }

    [Theory]
    [InlineData("5", null, null, "NOT_FOUND")]
    [InlineData(null, "14", null, "UNAVAILABLE")]
    [InlineData(null, "14", 0, "UNAVAILABLE")]
    [InlineData(null, null, null, "UNKNOWN")]
    [InlineData(null, null, 0, "UNKNOWN")]
    public async Task A_status_that_is_not_OK_is_the_error(string? header, string? trailer, int? length, string status)
    {
        using var trace = new TestTrace();
        using var measured = new Measurements(_mesh.Meters);
        _mesh.Transports.Answers(_ =>
        {
            var answer = Answer(header, trailer);
            answer.Content.Headers.ContentLength = length;
            return answer;
        });

        var response = await _mesh.RunAsync(CallAsync());
        await response.Content.CopyToAsync(Stream.Null, TestContext.Current.CancellationToken);

        Assert.Equal([$"{Tags}={status},{Server},error.type={status} 0"], measured.Take(Duration));
        Assert.Equal((ActivityStatusCode.Error, status), (trace.Calls[0].Status, trace.Calls[0].GetTagItem("error.type")));
    }

    [Fact]
    public async Task Retries_are_of_one_call()
    {
        using var trace = new TestTrace();
        using var measured = new Measurements(_mesh.Meters);
        var calls = 0;
        _mesh.Transports.Answers(_ => calls++ == 0 ? Answer(header: "14") : Answer(header: "0"));

        using (await _mesh.RunAsync(CallAsync()))
            Assert.Equal(2, calls);

        // A status in the headers stands, though nobody has read the empty body.
        Assert.StartsWith($"{Tags}=OK,{Server} ", Assert.Single(measured.Take(Duration)), StringComparison.Ordinal);
        Assert.Equal(2, Assert.Single(trace.Calls).GetTagItem("mesh.call.attempts"));
    }

    [Fact]
    public async Task Without_an_answer_the_error_is_what_happened()
    {
        using var measured = new Measurements(_mesh.Meters);
        _mesh.Transports.Answers(_ => throw new HttpRequestException(HttpRequestError.ConnectionError, "Connection refused"));

        await Assert.ThrowsAnyAsync<Exception>(() => _mesh.RunAsync(CallAsync()));

        Assert.StartsWith($"{Tags}=UNAVAILABLE,{Server},error.type=connection_error ", Assert.Single(measured.Take(Duration)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_that_is_left_early_is_cancelled_and_counted_once()
    {
        using var measured = new Measurements(_mesh.Meters);
        _mesh.Transports.Answers(_ => Answer(trailer: "0"));

        var response = await _mesh.RunAsync(CallAsync());
        response.Dispose();
        response.Dispose();

        Assert.Equal([$"{Tags}=CANCELLED,{Server},error.type={typeof(OperationCanceledException).FullName} 0"], measured.Take(Duration));
    }

    [Fact]
    public async Task Other_calls_are_none_of_RPC()
    {
        using var measured = new Measurements(_mesh.Meters);
        using (await _mesh.RunAsync(_mesh.GetAsync()))
            Assert.Empty(measured.Take(Duration));
        Assert.Single(measured.Take("mesh.client.call.duration"));
    }

    private static HttpResponseMessage Answer(string? header = null, string? trailer = null)
    {
        var response = new HttpResponseMessage(HttpStatusCode.OK) { Content = new ByteArrayContent([]) };
        response.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        response.Content.Headers.ContentLength = null;
        if (header is not null)
            response.Headers.Add("grpc-status", header);
        if (trailer is not null)
            response.TrailingHeaders.Add("grpc-status", trailer);
        return response;
    }

    private Task<HttpResponseMessage> CallAsync()
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "http://catalog/pricing.Pricing/GetPrice") { Content = new ByteArrayContent([0, 0, 0, 0, 0]) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        return _mesh.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }
}

using System.Net;
using MeshClient.LoadReports;
using MeshClient.Primitives;
using MeshClient.Tests.Doubles;

namespace MeshClient.Tests.Http;

/// <summary>What answers say of the load, from the header to the shares of the calls, in virtual time.</summary>
public sealed class LoadReportTests : IDisposable
{
    private MeshHarness _mesh = new(o => o.LoadBalancing = "WeightedRoundRobin");

    public LoadReportTests() => Start();

    public void Dispose() => _mesh.Dispose();

    [Fact]
    public async Task Calls_follow_the_header_of_answers()
    {
        await CallAsync(2);
        _mesh.Time.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal(0.25, await ShareOfA1Async(), 0.001);
    }

    [Fact]
    public async Task Calls_follow_the_trailer_of_grpc()
    {
        await CallAsync(2, isGrpc: true);
        _mesh.Time.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal(0.25, await ShareOfA1Async(isGrpc: true), 0.001);
    }

    [Fact]
    public async Task An_idle_service_forgets_and_counts_anew()
    {
        await CallAsync(2);
        _mesh.Time.Advance(TimeSpan.FromSeconds(181));
        Assert.Equal(0.5, await ShareOfA1Async());
        _mesh.Time.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal(0.25, await ShareOfA1Async(), 0.001);
    }

    [Fact]
    public async Task Another_policy_reads_none()
    {
        _mesh.Dispose();
        _mesh = new(o => o.LoadBalancing = "RoundRobin");
        Start();
        await CallAsync(2);
        _mesh.Time.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal(0.5, await ShareOfA1Async());
        Assert.All(_mesh.Catalog.Endpoints, e => Assert.Equal(0, e.ReportedWeight(_mesh.Time.Now(), TimeSpan.Zero, TimeSpan.FromDays(1))));
    }

    private void Start()
    {
        _mesh.Catalogs("a1", "a2");
        _mesh.Transports.Answer = (endpoint, request, _) =>
        {
            // a2 could answer three times as much.
            var message = LoadReportWriter.Message(new() { CpuUtilization = endpoint.InstanceId == "a1" ? 0.3 : 0.1, RequestsPerSecond = 10 });
            var response = new HttpResponseMessage { Content = new ByteArrayContent([]) };
            if (request.Content?.Headers.ContentType?.MediaType == "application/grpc")
            {
                response.Content.Headers.ContentType = new("application/grpc");
                response.TrailingHeaders.Add("grpc-status", "0");
                response.TrailingHeaders.Add(LoadReportHeader.Name, LoadReportWriter.Header(message));
            }
            else
                response.Headers.Add(LoadReportHeader.Name, LoadReportWriter.Header(message));
            return Task.FromResult(response);
        };
    }

    private async Task<double> ShareOfA1Async(bool isGrpc = false)
    {
        _mesh.Transports.Sent.Clear();
        await CallAsync(4_000, isGrpc);
        return _mesh.Transports.Sent.Count(s => s.InstanceId == "a1") / 4_000.0;
    }

    private async Task CallAsync(int calls, bool isGrpc = false)
    {
        for (var i = 0; i < calls; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "http://catalog/shop.Pricing/GetPrice") { Version = HttpVersion.Version20 };
            if (isGrpc)
                request.Content = new ByteArrayContent([]) { Headers = { ContentType = new("application/grpc") } };
            using var response = await _mesh.RunAsync(_mesh.Client.SendAsync(request));
        }
    }
}

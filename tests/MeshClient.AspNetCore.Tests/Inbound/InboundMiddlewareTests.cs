using MeshClient.AspNetCore.Inbound;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace MeshClient.AspNetCore.Tests.Inbound;

public sealed class InboundMiddlewareTests
{
    [Theory]
    [InlineData("application/grpc", "/grpc.health.v1.Health/Watch", 0)]
    [InlineData("application/grpc+proto", "/xds.service.orca.v3.OpenRcaService/StreamCoreMetrics", 0)]
    [InlineData("application/grpc", "/grpc.health.v1.Health/Check", 1)]
    [InlineData("application/grpc", "/shop.Prices/Watch", 1)]
    [InlineData("application/json", "/grpc.health.v1.Health/Watch", 1)]
    public async Task A_stream_that_only_watches_the_server_is_no_request_in_flight(string contentType, string path, int inFlight)
    {
        var time = new FakeTimeProvider();
        var requests = new InboundRequests(time);
        var seen = -1;
        var middleware = new InboundMiddleware(
            _ =>
            {
                seen = requests.InFlight;
                return Task.CompletedTask;
            }, requests, time, NullLogger<InboundMiddleware>.Instance);
        await middleware.InvokeAsync(new DefaultHttpContext { Request = { ContentType = contentType, Path = path } });
        Assert.Equal((inFlight, 0), (seen, requests.InFlight));
    }
}

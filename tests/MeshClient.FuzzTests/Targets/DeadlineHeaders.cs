using System.Text;
using MeshClient.AspNetCore.Inbound;
using MeshClient.FuzzTests.Fuzzing;
using MeshClient.Http;
using MeshClient.Primitives;
using MeshClient.Resilience;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace MeshClient.FuzzTests.Targets;

/// <summary>The deadline that a caller sends: the request is served, within it when it can be read, or answered 504 when it has passed.</summary>
internal sealed class DeadlineHeaders : IFuzzTarget
{
    private static readonly IReadOnlyList<byte[]> s_seeds = Seeds.Texts(
        "1500m", "2S", "1M", "1H", "99999999H", "0m", "1n", "99999999n", "123456789m", "-1m", "+1m", " 1m", "1.5S", "١m", "1m\n2m", "", "m");

    public int Inputs => 3000;

    public byte[] Make(Mutator mutator) => mutator.Mutate(s_seeds);

    public long Allowance(byte[] input) => (1 << 20) + (1024L * input.Length);

    public async Task TakeAsync(byte[] input)
    {
        var values = Encoding.UTF8.GetString(input).Split('\n');
        var time = new FakeTimeProvider();
        var requests = new InboundRequests(time);
        var context = new DefaultHttpContext();
        // As each server has it.
        context.Features.Set<IHttpRequestLifetimeFeature>(new HttpRequestLifetimeFeature());
        context.Request.Headers[MeshHeaders.Timeout] = values;
        Deadline? seen = null;
        var middleware = new InboundMiddleware(
            _ =>
            {
                seen = InboundCall.Current!.Deadline;
                return Task.CompletedTask;
            }, requests, time, NullLogger<InboundMiddleware>.Instance);
        await middleware.InvokeAsync(context);

        var isRead = GrpcTimeout.TryParse(values[0], out var left) && values.Length == 1;
        Assert.Equal(isRead && left <= TimeSpan.Zero ? null : isRead && left <= TimeSpan.FromDays(24) ? new Deadline(time.Now() + left) : Deadline.Never, seen);
        Assert.Equal(seen is null ? StatusCodes.Status504GatewayTimeout : StatusCodes.Status200OK, context.Response.StatusCode);
        Assert.Equal(0, requests.InFlight);
    }
}

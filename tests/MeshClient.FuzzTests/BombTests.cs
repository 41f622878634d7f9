using System.IO.Compression;
using System.Text;
using MeshClient.Consul;
using MeshClient.Consul.Api;
using MeshClient.FuzzTests.Targets;
using MeshClient.Model;
using Microsoft.Extensions.Time.Testing;

namespace MeshClient.FuzzTests;

/// <summary>Small answers that decompress to more than any memory holds: read up to the limit, and no byte further.</summary>
public sealed class BombTests
{
    private const long Limit = ConsulHttp.MaxAnswer;

    [Theory]
    [InlineData("[", " ", 1)]
    [InlineData("[\"", "a", 8)]
    [InlineData("[{\"Service\":{\"ID\":\"", "a", 8)]
    [InlineData("[{\"Unknown\":[", "{},", 4)]
    public async Task A_compressed_bomb_is_given_up_at_the_limit(string start, string filling, int mostTimesTheLimit)
    {
        var error = await FailsAsync(start, filling, 2 * Limit, mostTimesTheLimit * Limit);
        Assert.Contains("at most 64 MiB", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Instances_beyond_what_any_service_has_are_given_up() =>
        Assert.Contains("100000", (await FailsAsync("[", "{},", 2 * Limit, Limit)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("[{\"Checks\":[", "{},", 1 << 20)]
    [InlineData("[{\"Service\":{\"Tags\":[", "\"\",", 1 << 20)]
    [InlineData("", "[", 1 << 16)]
    [InlineData("[", "1,", 1 << 20)]
    public async Task Lists_and_depths_that_no_agent_sends_cost_a_multiple_of_their_size(string start, string filling, int times) =>
        await FailsAsync(start, filling, times * filling.Length, (1 << 20) + (64L * times * filling.Length));

    private static async Task<ConsulException> FailsAsync(string start, string filling, long length, long mostAllocated)
    {
        var answer = Answer(start, filling, length);
        using var client = ConsulWires.Client(new FakeTimeProvider(), () => answer);
        var before = GC.GetTotalAllocatedBytes(precise: true);
        var error = await Assert.ThrowsAsync<ConsulException>(
            () => client.Health.ServiceAsync(new HealthQuery(new ServiceName("web"), 0, TimeSpan.Zero), default));
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, mostAllocated);
        return error;
    }

    private static byte[] Answer(string start, string filling, long length)
    {
        using var body = new MemoryStream();
        using (var gzip = new GZipStream(body, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(Encoding.UTF8.GetBytes(start));
            var block = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(filling, 1 << 14)));
            for (long written = 0; written < length; written += block.Length)
                gzip.Write(block);
        }
        return [.. Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\nContent-Type: application/json\nContent-Encoding: gzip\nContent-Length: {body.Length}\n\n"), .. body.ToArray()];
    }
}

using System.Net;

namespace MeshClient.Benchmarks.MutualTls;

/// <summary>How the calls are made.</summary>
/// <param name="Name">Its name among the figures.</param>
/// <param name="Version">The version of HTTP.</param>
/// <param name="Shares">Whether all callers share one client, and with HTTP/2 its connection; otherwise each has one of its own.</param>
/// <param name="Calls">How many calls make a turn.</param>
/// <param name="Reconnects">Whether each call makes a connection of its own; otherwise they are kept.</param>
internal sealed record CallShape(string Name, Version Version, int Calls, bool Shares = false, bool Reconnects = false)
{
    /// <summary>Makes the calls of one turn: as many callers as there are clients, each one call after another.</summary>
    /// <returns>The processor's time of this process for one call: the client's and the server's.</returns>
    public async Task<double> RunAsync(ISide side)
    {
        // What the turn before has left to do is not this one's.
        await Task.Delay(2);
        var before = Environment.CpuUsage.TotalTime;
        var left = Calls;
        await Task.WhenAll(side.Clients.Select(own => Task.Run(async () =>
        {
            var client = Shares ? side.Clients[0] : own;
            for (int item; (item = Interlocked.Decrement(ref left)) >= 0;)
                await CallAsync(client, item);
        })));
        return (Environment.CpuUsage.TotalTime - before).TotalMicroseconds / Calls;
    }

    private async Task CallAsync(HttpClient client, int item)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/items/{item}?full=true")
        {
            Version = Version,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        if (Reconnects)
            request.Headers.ConnectionClose = true;
        using var response = await client.SendAsync(request);
        if (response.StatusCode != HttpStatusCode.OK)
            throw new InvalidOperationException($"Expected 200, found {(int)response.StatusCode}.");
    }
}

using System.Diagnostics;
using System.Net;
using MeshClient.Benchmarks.MutualTls;
using Microsoft.AspNetCore.Http;

namespace MeshClient.Benchmarks.Decisions;

/// <summary>
/// How long an intention that is written to the agent takes to decide, between services in strict mode: from the moment the write is sent to the first answer
/// by it, and to the end of each answer that is still being streamed and that it denies.
/// </summary>
internal static class DecisionPropagation
{
    private const int Rounds = 200;
    private const string Streamed = "/streamed";

    private static readonly Version[] s_versions = [HttpVersion.Version11, HttpVersion.Version20];

    /// <returns>The times in milliseconds: of a new denial of requests and of streams, and of the end of the denial.</returns>
    public static async Task<(List<double> DeniedRequests, List<double> DeniedStreams, List<double> AllowedRequests)> MeasureAsync(Uri agent)
    {
        await using var intention = await IntentionUnderTest.AllowAsync(agent, MeshHosts.Client, MeshHosts.Server);
        var server = await MeshHosts.StartServerAsync(agent, AnswerAsync);
        var web = await MeshHosts.StartClientAsync(agent);
        var client = web.HttpClient();
        var (denied, cut, allowed) = (new List<double>(), new List<double>(), new List<double>());
        for (var round = 0; round < Rounds; round++)
        {
            var streams = await Task.WhenAll(s_versions.Select(version => OpenAsync(client, version)));
            var ends = streams.Select(EndOfAsync).ToArray();
            // Each write for itself and not a burst, and streams that have come to rest.
            await Task.Delay(TimeSpan.FromMilliseconds(100));
            if (ends.Any(end => end.IsCompleted))
                throw new InvalidOperationException("Expected the streams to go on while they are allowed, found an end.");
            var start = Stopwatch.GetTimestamp();
            await intention.WriteAsync(denies: true);
            denied.Add(await UntilAsync(client, HttpStatusCode.Forbidden, start));
            foreach (var end in ends)
                cut.Add(Stopwatch.GetElapsedTime(start, await end.WaitAsync(TimeSpan.FromSeconds(30))).TotalMilliseconds);

            await Task.Delay(TimeSpan.FromMilliseconds(100));
            start = Stopwatch.GetTimestamp();
            await intention.WriteAsync(denies: false);
            allowed.Add(await UntilAsync(client, HttpStatusCode.OK, start));
        }
        await web.EndAsync();
        await server.EndAsync();
        return (denied, cut, allowed);
    }

    // A stream tells something now and then; only its caller or the mesh ends it.
    private static async Task AnswerAsync(HttpContext context)
    {
        if (context.Request.Path != Streamed)
        {
            await Servers.AnswerAsync(context);
            return;
        }
        while (!context.RequestAborted.IsCancellationRequested)
        {
            await context.Response.Body.WriteAsync("news\n"u8.ToArray());
            await context.Response.Body.FlushAsync();
            await Task.Delay(TimeSpan.FromSeconds(1), context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task<Stream> OpenAsync(HttpClient client, Version version)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Streamed) { Version = version, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadAsStreamAsync();
    }

    /// <returns>When it was cut.</returns>
    private static async Task<long> EndOfAsync(Stream stream)
    {
        await using (stream)
        {
            try
            {
                await stream.CopyToAsync(Stream.Null);
            }
            catch (Exception error) when (error is IOException or HttpRequestException)
            {
                return Stopwatch.GetTimestamp();
            }
        }
        throw new InvalidOperationException("Expected the stream to be cut, found that it ended in good order.");
    }

    private static async Task<double> UntilAsync(HttpClient client, HttpStatusCode wanted, long start)
    {
        while (true)
        {
            using var response = await client.GetAsync(new Uri("/", UriKind.Relative));
            if (response.StatusCode == wanted)
                return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            if (response.StatusCode is not (HttpStatusCode.OK or HttpStatusCode.Forbidden))
                throw new InvalidOperationException($"Expected 200 or 403, found {(int)response.StatusCode}.");
            if (Stopwatch.GetElapsedTime(start) > TimeSpan.FromSeconds(30))
                throw new TimeoutException("The intention did not decide within 30 s.");
            await Task.Delay(1);
        }
    }
}

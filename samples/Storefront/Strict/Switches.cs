using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;

namespace Storefront.Strict;

/// <summary>
/// An intention is switched between allow and deny while its caller calls every instance of the catalog, on connections that stand. Measured is the time
/// from before the writing to the registry until the last instance has turned.
/// </summary>
internal sealed class Switches(Town town, Load load, Connect connect, Stage stage)
{
    /// <summary>Whose intention is switched.</summary>
    public const string Service = "reviews";

    private const int Rounds = 5;
    private const int Served = 200;
    private const int Refused = 403;

    /// <summary>The most time a switch may take.</summary>
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan s_settled = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(10);
    private readonly ConcurrentQueue<Answer> _answers = new();
    private readonly Stopwatch _clock = Stopwatch.StartNew();

    public async Task<Claim> RunAsync(CancellationToken cancellationToken)
    {
        using var certificate = await connect.CertificateAsync(Service, cancellationToken);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var callers = Town.Catalogs.Select(id => CallAsync(id, certificate, end.Token)).ToArray();
        List<Turn> denials = [], allowances = [];
        var began = load.Now;
        try
        {
            // Until every instance serves it.
            await TurnAsync("allow", Served, cancellationToken);
            for (var round = 0; round < Rounds; round++)
            {
                denials.Add(await TurnAsync("deny", Refused, cancellationToken));
                allowances.Add(await TurnAsync("allow", Served, cancellationToken));
            }
        }
        finally
        {
            await end.CancelAsync();
            await Task.WhenAll(callers);
        }
        stage.Say($"deny   {Rounds} times: all three instances refuse {Service} after {Times(denials)}");
        stage.Say($"allow  {Rounds} times: all three instances serve it again after {Times(allowances)}");
        stage.Say($"{Service}: {_answers.Count(a => a.Status == Served)} calls served, {_answers.Count(a => a.Status == Refused)} refused with 403, "
            + $"{_answers.Count(a => a.Status is not (Served or Refused))} neither.");
        stage.Say($"Shoppers meanwhile: {load.Samples.Count(s => s.At >= began)} pages, {load.Samples.Count(s => s.At >= began && s.Catalog is null)} failed.");
        Turn[] all = [.. denials, .. allowances];
        return new(
            $"A deny cut in on living connections, and an allow ended it: each within {all.Max(t => t.Time).TotalMilliseconds:0} ms (limit {s_longest.TotalMilliseconds:0} ms).",
            all.All(t => t.Held && t.Time <= s_longest) && _answers.All(a => a.Status is Served or Refused));
    }

    private async Task CallAsync(string id, X509Certificate2 certificate, CancellationToken stop)
    {
        using var caller = new Stranger(town.AddressOf(id), "https", certificate);
        while (!stop.IsCancellationRequested)
        {
            var at = _clock.Elapsed;
            var status = await caller.CallAsync(CancellationToken.None);
            _answers.Enqueue(new Answer(id, at, _clock.Elapsed, status));
            await Task.Delay(s_pause, CancellationToken.None);
        }
    }

    private async Task<Turn> TurnAsync(string action, int expected, CancellationToken cancellationToken)
    {
        var written = _clock.Elapsed;
        await connect.SetIntentionAsync(Service, "catalog", action, cancellationToken);
        var first = Town.Catalogs.ToDictionary(id => id, _ => (Answer?)null);
        while (first.Values.Any(a => a is null))
        {
            if (_clock.Elapsed - written > s_limit)
                return new Turn(s_limit, false);
            await Task.Delay(TimeSpan.FromMilliseconds(5), cancellationToken);
            foreach (var id in Town.Catalogs)
                first[id] ??= _answers.FirstOrDefault(a => a.Instance == id && a.Done > written && a.Status == expected);
        }
        // It stays so: a moment later nobody has answered otherwise.
        await Task.Delay(s_settled, cancellationToken);
        var held = _answers.All(a => a.At < first[a.Instance]!.Done || a.Status == expected);
        return new Turn(first.Values.Max(a => a!.Done) - written, held);
    }

    private static string Times(List<Turn> turns)
    {
        var sorted = turns.Select(t => t.Time.TotalMilliseconds).Order().ToArray();
        return $"{sorted[sorted.Length / 2]:0} ms (median), {sorted[^1]:0} ms (slowest)";
    }

    private sealed record Answer(string Instance, TimeSpan At, TimeSpan Done, int? Status);

    /// <param name="Time">Until the last instance had turned.</param>
    /// <param name="Held">Whether they had all turned in time, and stayed so.</param>
    private sealed record Turn(TimeSpan Time, bool Held);
}

using Grpc.Core;
using Storefront.Prices;

namespace Storefront.Web;

/// <summary>What has come of the price feed since the start.</summary>
/// <param name="First">The number of the first change.</param>
/// <param name="Last">The number of the last one.</param>
/// <param name="Lost">The numbers that were left out.</param>
/// <param name="Doubled">The changes whose number had come before.</param>
/// <param name="Instance">The instance that sent the last one; null = none has come.</param>
/// <param name="Received">The changes that have come, by the instance that sent them.</param>
/// <param name="Broken">How many streams have ended.</param>
internal sealed record FeedFigures(long First, long Last, long Lost, long Doubled, string? Instance, IReadOnlyDictionary<string, int> Received, int Broken);

/// <summary>
/// Follows the price feed for as long as this service runs. The mesh never makes a stream again once it has brought something: only its reader knows how far it
/// has come. So the reader does, at whichever instance the mesh picks, behind the last change that came.
/// </summary>
internal sealed class PriceFeed(Pricing.PricingClient pricing) : BackgroundService
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(50);
    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _received = [];
    private long _first;
    private long _last;
    private long _lost;
    private long _doubled;
    private string? _instance;
    private int _broken;

    public FeedFigures Read()
    {
        lock (_gate)
            return new(_first, _last, _lost, _doubled, _instance, new Dictionary<string, int>(_received), _broken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                using var feed = pricing.Watch(new() { After = _last }, cancellationToken: stoppingToken);
                await foreach (var change in feed.ResponseStream.ReadAllAsync(stoppingToken))
                    Take(change);
            }
            catch (RpcException)
            {
                // Its server is gone, or none is there yet.
            }
            lock (_gate)
                _broken += _last > 0 ? 1 : 0;
            await Task.Delay(s_pause, stoppingToken);
        }
    }

    private void Take(PriceChange change)
    {
        lock (_gate)
        {
            if (_last == 0)
                (_first, _last) = (change.Number, change.Number - 1);
            _lost += Math.Max(0, change.Number - _last - 1);
            _doubled += change.Number <= _last ? 1 : 0;
            _last = Math.Max(_last, change.Number);
            _instance = change.Instance;
            _received[change.Instance] = _received.GetValueOrDefault(change.Instance) + 1;
        }
    }
}

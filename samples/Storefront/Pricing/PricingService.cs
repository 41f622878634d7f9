using Grpc.Core;

namespace Storefront.Prices;

/// <summary>The prices of now, and the feed of their changes.</summary>
internal sealed class PricingService(IConfiguration configuration, IHostApplicationLifetime lifetime) : Pricing.PricingBase
{
    private readonly string _instance = configuration["Mesh:Service:Id"] ?? "pricing";

    public override Task<PricePage> GetPrices(PricesRequest request, ServerCallContext context)
    {
        var page = new PricePage { Instance = _instance };
        if (Shared.Caller.Of(context.GetHttpContext()) is { } caller)
            page.Caller = new() { Id = caller.Id, Authority = caller.Authority, Serial = caller.Serial };
        foreach (var (item, cents) in PriceLog.Now())
            page.Prices.Add(item, cents);
        return Task.FromResult(page);
    }

    public override async Task Watch(WatchRequest request, IServerStreamWriter<PriceChange> responseStream, ServerCallContext context)
    {
        // A stream has no end of its own: it ends with its caller, or when this instance stops.
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, lifetime.ApplicationStopping);
        var last = request.After > 0 ? request.After : PriceLog.Latest;
        while (!end.IsCancellationRequested)
        {
            while (last < PriceLog.Latest)
            {
                var change = PriceLog.Change(++last);
                change.Instance = _instance;
                await responseStream.WriteAsync(change, context.CancellationToken);
            }
            await Task.Delay(PriceLog.Tick, end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}

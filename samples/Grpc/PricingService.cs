using Grpc.Core;

namespace Prices;

/// <summary>A gRPC service as any other: nothing in it knows of the mesh.</summary>
internal sealed class PricingService : Pricing.PricingBase
{
    public override async Task<Price> GetPrice(Item request, ServerCallContext context)
    {
        // The instance that is asked first is not ready; the next one is.
        if (request.Name == "coffee" && context.RequestHeaders.Get("grpc-previous-rpc-attempts") is null)
            throw new RpcException(new Status(StatusCode.Unavailable, "not ready"));
        if (request.Name == "whisky")
            await Task.Delay(TimeSpan.FromSeconds(12), context.CancellationToken);
        if (request.Name == "gold")
            throw new RpcException(new Status(StatusCode.NotFound, "there is no gold"));
        return PriceOf(420, context);
    }

    public override async Task Watch(Item request, IServerStreamWriter<Price> responseStream, ServerCallContext context)
    {
        for (var cents = 420; cents <= 440; cents += 10)
            await responseStream.WriteAsync(PriceOf(cents, context), context.CancellationToken);
    }

    private static Price PriceOf(int cents, ServerCallContext context) => new() { Cents = cents, Port = context.GetHttpContext().Connection.LocalPort };
}

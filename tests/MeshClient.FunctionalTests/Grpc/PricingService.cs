using System.Collections.Concurrent;
using Grpc.Core;
using MeshClient.FunctionalTests.Grpc.Shop;

namespace MeshClient.FunctionalTests.Grpc;

/// <summary>A gRPC server that does as the test says, and remembers what it was asked.</summary>
internal sealed class PricingService(string server) : Pricing.PricingBase
{
    /// <summary>The headers of each call, in the order of their coming.</summary>
    public ConcurrentQueue<(string Method, Metadata Headers, DateTime Deadline)> Calls { get; } = new();

    /// <summary>Runs before each answer; throws to fail the call.</summary>
    public Func<ServerCallContext, Task> Before { get; set; } = static _ => Task.CompletedTask;

    /// <summary>Runs for each message of a request's stream, with how many have come; throws to fail the call.</summary>
    public Action<int> Reading { get; set; } = static _ => { };

    public override async Task<Price> GetPrice(PriceRequest request, ServerCallContext context) => await AnswerAsync(request, context);

    public override async Task<Price> Reserve(PriceRequest request, ServerCallContext context) => await AnswerAsync(request, context);

    public override async Task Watch(PriceRequest request, IServerStreamWriter<Price> responseStream, ServerCallContext context)
    {
        Note(context);
        for (var cents = 0; cents < 3; cents++)
            await responseStream.WriteAsync(Price(request, cents));
        await Before(context);
    }

    public override async Task<Price> Sum(IAsyncStreamReader<PriceRequest> requestStream, ServerCallContext context)
    {
        Note(context);
        await Before(context);
        var sum = new Price { Server = server };
        await foreach (var request in requestStream.ReadAllAsync())
        {
            (sum.Item, sum.Cents) = (sum.Item + request.Item, sum.Cents + 1);
            Reading(sum.Cents);
        }
        return sum;
    }

    public override async Task Chat(IAsyncStreamReader<PriceRequest> requestStream, IServerStreamWriter<Price> responseStream, ServerCallContext context)
    {
        Note(context);
        var read = 0;
        await foreach (var request in requestStream.ReadAllAsync())
        {
            Reading(++read);
            await responseStream.WriteAsync(Price(request, 1));
        }
        await Before(context);
    }

    private async Task<Price> AnswerAsync(PriceRequest request, ServerCallContext context)
    {
        Note(context);
        await Before(context);
        return Price(request, 100);
    }

    private Price Price(PriceRequest request, int cents) => new() { Item = request.Item, Server = server, Cents = cents };

    private void Note(ServerCallContext context) => Calls.Enqueue((context.Method, context.RequestHeaders, context.Deadline));
}

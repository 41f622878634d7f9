using Grpc.Core;
using Prices;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddGrpc();
builder.Services.AddMesh();
builder.Services.AddGrpcClient<Pricing.PricingClient>(client => client.Address = new("http://pricing"));

await using var app = builder.Build();
app.MapGrpcService<PricingService>();
await app.StartAsync();
var pricing = app.Services.GetRequiredService<Pricing.PricingClient>();
var asExpected = true;

// Balanced call by call: the program listens on three ports, which are the three instances of "pricing".
var calls = new List<Price>();
for (var i = 0; i < 30; i++)
    calls.Add(await pricing.GetPriceAsync(new() { Name = "tea" }));
var ports = calls.GroupBy(c => c.Port).OrderBy(g => g.Key).ToArray();
Tell("30 calls:", string.Join(", ", ports.Select(g => $"{g.Count()} answered by {g.Key}")), ports.Length == 3 && ports.All(g => g.Count() == 10));

// A stream is one call, to one instance.
using (var watch = pricing.Watch(new() { Name = "tea" }))
{
    var prices = await watch.ResponseStream.ReadAllAsync().ToArrayAsync();
    Tell("A stream:", $"{string.Join(", ", prices.Select(p => p.Cents))} from {prices[0].Port}", prices is [{ Cents: 420 }, { Cents: 430 }, { Cents: 440 }]);
}

// UNAVAILABLE is retried elsewhere.
var coffee = await StatusOfAsync("coffee");
Tell("Not ready at first:", $"{coffee}, when asked again elsewhere", coffee == StatusCode.OK);

// What a server answers on purpose is the answer.
var gold = await StatusOfAsync("gold");
Tell("Nothing to be had:", $"{gold}", gold == StatusCode.NotFound);

// The deadline goes with the call, and ends it.
var whisky = await StatusOfAsync("whisky", DateTime.UtcNow.AddMilliseconds(500));
Tell("Slower than 0.5 s:", $"{whisky}", whisky == StatusCode.DeadlineExceeded);

await app.StopAsync();
return asExpected ? 0 : 1;

async Task<StatusCode> StatusOfAsync(string item, DateTime? deadline = null)
{
    try
    {
        await pricing.GetPriceAsync(new() { Name = item }, deadline: deadline);
        return StatusCode.OK;
    }
    catch (RpcException error)
    {
        return error.StatusCode;
    }
}

void Tell(string what, string answer, bool isExpected)
{
    Console.WriteLine($"{what,-20} {answer}{(isExpected ? "" : "   <- not as expected")}");
    asExpected &= isExpected;
}

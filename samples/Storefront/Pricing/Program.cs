using Storefront.Shared;

var builder = WebApplication.CreateBuilder(args);
builder.WebHost.UseMesh();

var app = builder.Build();
Lifeline.Attach(app);

var prices = new Dictionary<string, decimal> { ["kettle"] = 24.5m, ["lamp"] = 31m, ["chair"] = 89m };
app.MapGet("/prices", (HttpContext context) => Results.Json(new PricePage(prices, Caller.Of(context))));

app.Run();

internal sealed record PricePage(Dictionary<string, decimal> Prices, Caller? Caller);

using Storefront.Prices;
using Storefront.Shared;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddGrpc();
builder.WebHost.UseMesh();

var app = builder.Build();
Lifeline.Attach(app);
app.MapGrpcService<PricingService>();

app.Run();

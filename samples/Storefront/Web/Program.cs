using System.Diagnostics;
using Storefront.Prices;
using Storefront.Shared;
using Storefront.Web;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddMesh(mesh => mesh.AddIdempotentMethods(PricingReflection.Descriptor.SerializedData.Span));
builder.Services.AddHttpClient<CatalogClient>(c => c.BaseAddress = new("http://catalog"));
builder.Services.AddGrpcClient<Pricing.PricingClient>(c => c.Address = new("http://pricing"));
builder.WebHost.UseMesh();
builder.Services.AddSingleton<MeshFigures>();
builder.Services.AddSingleton<PriceFeed>().AddHostedService(services => services.GetRequiredService<PriceFeed>());

var app = builder.Build();
Lifeline.Attach(app);
var figures = app.Services.GetRequiredService<MeshFigures>();

app.MapGet("/", async (CatalogClient catalog, Pricing.PricingClient pricing, CancellationToken cancellationToken) =>
{
    var clock = Stopwatch.StartNew();
    var page = await catalog.ItemsAsync(cancellationToken);
    var milliseconds = clock.Elapsed.TotalMilliseconds;
    var priced = await pricing.GetPricesAsync(new(), cancellationToken: cancellationToken);
    var pricingSaw = priced.Caller is { } caller ? new Storefront.Shared.Caller(caller.Id, caller.Authority, caller.Serial) : null;
    return Results.Json(new FrontPage(page.Instance, milliseconds, priced.Instance, page.Items.ToDictionary(i => i, i => priced.Prices[i] / 100m), page.Caller, pricingSaw));
});
app.MapGet("/mesh", () => Results.Json(figures.Read()));
app.MapGet("/feed", (PriceFeed feed) => Results.Json(feed.Read()));

app.Run();

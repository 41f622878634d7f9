using System.Diagnostics;
using Storefront.Shared;
using Storefront.Web;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddMesh();
builder.Services.AddHttpClient<CatalogClient>(c => c.BaseAddress = new("http://catalog"));
builder.Services.AddHttpClient<PricingClient>(c => c.BaseAddress = new("http://pricing"));
builder.WebHost.UseMesh();
builder.Services.AddSingleton<MeshFigures>();

var app = builder.Build();
Lifeline.Attach(app);
var figures = app.Services.GetRequiredService<MeshFigures>();

app.MapGet("/", async (CatalogClient catalog, PricingClient pricing, CancellationToken cancellationToken) =>
{
    var clock = Stopwatch.StartNew();
    var page = await catalog.ItemsAsync(cancellationToken);
    var milliseconds = clock.Elapsed.TotalMilliseconds;
    var priced = await pricing.PricesAsync(cancellationToken);
    return Results.Json(new FrontPage(page.Instance, milliseconds, page.Items.ToDictionary(i => i, i => priced.Prices[i]), page.Caller, priced.Caller));
});
app.MapGet("/mesh", () => Results.Json(figures.Read()));

app.Run();

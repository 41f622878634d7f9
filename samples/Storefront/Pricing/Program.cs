using Storefront.Shared;

var builder = WebApplication.CreateBuilder(args);
builder.WebHost.UseMesh();

var app = builder.Build();
Lifeline.Attach(app);

app.MapGet("/prices", () => Results.Json(new Dictionary<string, decimal> { ["kettle"] = 24.5m, ["lamp"] = 31m, ["chair"] = 89m }));

app.Run();

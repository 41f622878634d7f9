using System.Net;
using Storefront.Catalog;
using Storefront.Shared;

var builder = WebApplication.CreateBuilder(args);
builder.WebHost.UseMesh();

var app = builder.Build();
Lifeline.Attach(app);

var instance = builder.Configuration["Mesh:Service:Id"] ?? "catalog";
var mood = new Mood();

app.MapGet("/items", async (HttpContext context) =>
{
    mood.Count();
    if (mood.Current == MoodName.Failing)
        return Results.StatusCode(StatusCodes.Status503ServiceUnavailable);
    if (mood.Current == MoodName.Slow)
        await Task.Delay(200);
    return Results.Json(new CatalogPage(instance, ["kettle", "lamp", "chair"], Caller.Of(context)));
});

// How the play makes an instance misbehave: called directly, not through the mesh, and from this machine alone.
app.MapGet("/mood", () => Results.Text(mood.Requests.ToString(System.Globalization.CultureInfo.InvariantCulture)));
app.MapPut("/mood/{name}", (MoodName name, HttpContext context) =>
{
    if (!IPAddress.IsLoopback(context.Connection.RemoteIpAddress ?? IPAddress.None))
        return Results.StatusCode(StatusCodes.Status403Forbidden);
    mood.Current = name;
    return Results.NoContent();
});

app.Run();

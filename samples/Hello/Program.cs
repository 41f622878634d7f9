var builder = WebApplication.CreateBuilder(args);
builder.Services.AddMesh();
builder.Services.AddHttpClient("greeter", client => client.BaseAddress = new("http://hello"));

await using var app = builder.Build();
app.MapGet("/{name}", (string name) => $"Hello, {name}!");
await app.StartAsync();

// The program calls itself by its name in the mesh, as any other would.
using var greeter = app.Services.GetRequiredService<IHttpClientFactory>().CreateClient("greeter");
Console.WriteLine(await greeter.GetStringAsync("/world"));
await app.StopAsync();

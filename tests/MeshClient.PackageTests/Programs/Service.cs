using MeshClient.DevRegistry;

// A service that registers itself, finds itself by its name and calls itself.
await using var registry = await DevRegistryServer.StartAsync();
var builder = WebApplication.CreateBuilder(args);
builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
{
    ["Urls"] = "http://127.0.0.1:0",
    ["Mesh:Service:Name"] = "hello",
    ["Mesh:Consul:Address"] = registry.Address.ToString(),
    ["Mesh:Upstreams:hello:Timeout"] = "00:00:20",
});
builder.WebHost.UseMesh();
builder.Services.AddMesh();
builder.Services.AddHttpClient("hello", client => client.BaseAddress = new("http://hello"));

await using var app = builder.Build();
app.MapGet("/{name}", (string name) => $"Hello, {name}!");
await app.StartAsync();
using var hello = app.Services.GetRequiredService<IHttpClientFactory>().CreateClient("hello");

// The registry may know of the service only a moment after it has started.
for (var left = 100; ; left--)
{
    try
    {
        Console.WriteLine(await hello.GetStringAsync("/packages"));
        break;
    }
    catch (MeshClient.Http.MeshUnavailableException) when (left > 0)
    {
        await Task.Delay(100);
    }
}
await app.StopAsync();

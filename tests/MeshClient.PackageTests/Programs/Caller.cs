using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

var builder = Host.CreateApplicationBuilder(args);
builder.Services.AddMesh();
builder.Services.AddHttpClient("catalog", client => client.BaseAddress = new("http://catalog"));

using var host = builder.Build();
await host.StartAsync();
using var catalog = host.Services.GetRequiredService<IHttpClientFactory>().CreateClient("catalog");
Console.WriteLine($"The catalog says: {await catalog.GetStringAsync("/items")}");
await host.StopAsync();

// An instance of a service in a process of its own, which a test can kill. It tells its port on the standard output and lives until its
// standard input ends, so that no instance outlives its test. GET /mode/ok, /mode/503 and /mode/slow change how it answers from then on.
var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
var app = builder.Build();
var name = args.FirstOrDefault() ?? "instance";
var mode = "ok";
app.Run(async context =>
{
    if (context.Request.Path.StartsWithSegments("/mode", out var rest))
        mode = rest.Value!.TrimStart('/');
    else if (mode == "503")
        context.Response.StatusCode = 503;
    else if (mode == "slow")
        await Task.Delay(200);
    await context.Response.WriteAsync(name);
});
await app.StartAsync();
Console.WriteLine(new Uri(app.Urls.Single()).Port);
await Console.In.ReadToEndAsync();

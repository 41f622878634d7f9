// An instance of a service in a process of its own, which a test can kill. It tells its port on the standard output and lives until its
// standard input ends, so that no instance outlives its test. GET /mode/ok, /mode/503 and /mode/slow change how it answers from then on.
// With a second argument of "grpc" it speaks HTTP/2 alone and answers each unary call with a message whose second field is its name, after as many milliseconds
// as the third one says.
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Core;

var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
var isGrpc = args is [_, "grpc", _];
var takes = TimeSpan.FromMilliseconds(isGrpc ? int.Parse(args[2], CultureInfo.InvariantCulture) : 0);
builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0")
    .ConfigureKestrel(kestrel => kestrel.ConfigureEndpointDefaults(e => e.Protocols = isGrpc ? HttpProtocols.Http2 : HttpProtocols.Http1));
var app = builder.Build();
var name = args.FirstOrDefault() ?? "instance";
var mode = "ok";
app.Run(async context =>
{
    if (isGrpc)
    {
        await AnswerGrpcAsync(context, name, takes);
        return;
    }
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

static async Task AnswerGrpcAsync(HttpContext context, string name, TimeSpan takes)
{
    await context.Request.Body.CopyToAsync(Stream.Null);
    await Task.Delay(takes, context.RequestAborted);
    var text = Encoding.ASCII.GetBytes(name);
    context.Response.ContentType = "application/grpc";
    await context.Response.Body.WriteAsync((byte[])[0, 0, 0, 0, (byte)(text.Length + 2), 0x12, (byte)text.Length, .. text]);
    context.Response.AppendTrailer("grpc-status", "0");
}

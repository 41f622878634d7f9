using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace MeshClient.AspNetCore.Tests.Registration;

public sealed class UseMeshTests
{
    [Theory]
    [InlineData("00:00:05", 30)]
    [InlineData("00:02:00", 138)]
    public void The_host_gets_the_time_that_leaving_and_draining_need(string drain, double seconds)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Configuration["Mesh:Service:Drain"] = drain;
        builder.WebHost.UseKestrelCore().UseMesh();
        using var app = (IDisposable)builder.Build();
        var host = ((WebApplication)app).Services.GetRequiredService<IOptions<HostOptions>>().Value;
        Assert.Equal(seconds, host.ShutdownTimeout.TotalSeconds);
    }
}

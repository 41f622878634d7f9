using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace MeshClient.AspNetCore.Inbound;

/// <summary>Puts the inbound half before everything that the application adds.</summary>
internal sealed class InboundFilter : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.UseMiddleware<InboundMiddleware>();
        next(app);
    };
}

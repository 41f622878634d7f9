using MeshClient.AspNetCore.Security;
using MeshClient.Identity;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace MeshClient.AspNetCore.Inbound;

/// <summary>Puts the inbound half before everything that the application adds.</summary>
internal sealed class InboundFilter(MeshSecurity security) : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.UseMiddleware<InboundMiddleware>();
        if (security.Mode != SecurityMode.Off)
            app.UseMiddleware<IntentionMiddleware>();
        next(app);
    };
}

using MeshClient.AspNetCore.LoadReports;
using MeshClient.AspNetCore.Security;
using MeshClient.Configuration;
using MeshClient.Identity;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace MeshClient.AspNetCore.Inbound;

/// <summary>Puts the inbound half before everything that the application adds.</summary>
internal sealed class InboundFilter(MeshSecurity security, MeshOptionsSource options) : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.UseMiddleware<GrpcCallMeter>();
        app.UseMiddleware<InboundMiddleware>();
        if (security.Mode != SecurityMode.Off)
            app.UseMiddleware<IntentionMiddleware>();
        // Below the intentions: who may not call takes no place.
        if (options.Current.Inbound.MaxConcurrentRequests is not null)
            app.UseMiddleware<RequestLimit>();
        // Below both: only callers who may call are told of the load, and what is refused is no work that the server has done.
        if (options.Current.Inbound.LoadReports)
            app.UseMiddleware<LoadReportMiddleware>();
        next(app);
    };
}

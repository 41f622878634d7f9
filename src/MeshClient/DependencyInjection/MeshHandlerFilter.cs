using MeshClient.Clusters;
using MeshClient.Http;
using Microsoft.Extensions.Http;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>
/// Puts the mesh innermost into each of the factory's clients. A filter that lets all others go first and appends last stays below users'
/// handlers whatever the order of registration, and above the primary that a user may set.
/// </summary>
internal sealed class MeshHandlerFilter(ClusterTable clusters, IOptionsMonitor<MeshClientSelection> selection) : IHttpMessageHandlerBuilderFilter
{
    public Action<HttpMessageHandlerBuilder> Configure(Action<HttpMessageHandlerBuilder> next) => builder =>
    {
        next(builder);
        if (selection.Get(builder.Name ?? Options.Options.DefaultName).Applies)
            builder.AdditionalHandlers.Add(new MeshHandler(clusters));
    };
}

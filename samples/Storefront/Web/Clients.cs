using Storefront.Shared;

namespace Storefront.Web;

internal sealed record CatalogPage(string Instance, string[] Items, Caller? Caller);

/// <param name="Catalog">The instance of the catalog that served the page.</param>
/// <param name="CatalogMilliseconds">How long the call to it took.</param>
/// <param name="Pricing">The instance of pricing that served it.</param>
/// <param name="Items">The items and their prices.</param>
/// <param name="CatalogSaw">Whom the catalog took this service for; null = it could not know.</param>
/// <param name="PricingSaw">Whom pricing took it for.</param>
internal sealed record FrontPage(string Catalog, double CatalogMilliseconds, string Pricing, Dictionary<string, decimal> Items, Caller? CatalogSaw, Caller? PricingSaw);

/// <summary>Calls whichever catalog instance the mesh picks.</summary>
internal sealed class CatalogClient(HttpClient client)
{
    public async Task<CatalogPage> ItemsAsync(CancellationToken cancellationToken) =>
        await client.GetFromJsonAsync<CatalogPage>("/items", cancellationToken) ?? throw new InvalidDataException("The catalog sent no page.");
}

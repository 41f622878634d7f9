namespace Storefront.Web;

internal sealed record CatalogPage(string Instance, string[] Items);

internal sealed record FrontPage(string Catalog, double CatalogMilliseconds, Dictionary<string, decimal> Items);

/// <summary>Calls whichever catalog instance the mesh picks.</summary>
internal sealed class CatalogClient(HttpClient client)
{
    public async Task<CatalogPage> ItemsAsync(CancellationToken cancellationToken) =>
        await client.GetFromJsonAsync<CatalogPage>("/items", cancellationToken) ?? throw new InvalidDataException("The catalog sent no page.");
}

internal sealed class PricingClient(HttpClient client)
{
    public async Task<Dictionary<string, decimal>> PricesAsync(CancellationToken cancellationToken) =>
        await client.GetFromJsonAsync<Dictionary<string, decimal>>("/prices", cancellationToken) ?? throw new InvalidDataException("Pricing sent no prices.");
}

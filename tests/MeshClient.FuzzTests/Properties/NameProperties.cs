using CsCheck;
using MeshClient.Http;
using MeshClient.Routing;

namespace MeshClient.FuzzTests.Properties;

/// <summary>Which URLs are the mesh's, and where redirects lead.</summary>
public sealed class NameProperties
{
    private static readonly Gen<string> s_labels =
        Gen.Select(Gen.Char["abcdefghijklmnopqrstuvwxyz"], Gen.String[Gen.Char["abcdefghijklmnopqrstuvwxyz0123456789-"], 0, 20]).Select((first, rest) => $"{first}{rest.TrimEnd('-')}");

    private static readonly Gen<string> s_paths = Gen.String[Gen.Char["abc/.?&=#%20"], 0, 20].Select(path => $"/{path}");

    [Fact]
    public void A_declared_name_is_found_in_any_case_and_on_any_path() => Gen.Select(s_labels, Gen.Bool, s_paths).Holds((label, upper, path) =>
    {
        var names = new MeshNames([label], bareNames: false);
        var host = upper ? label.ToUpperInvariant() : label;
        Assert.Equal(label, names.Find(new Uri($"http://{host}{path}")));
        Assert.Equal(label, names.Find(new Uri($"https://{host}.mesh{path}")));
    });

    [Fact]
    public void A_name_that_is_not_declared_is_found_by_its_suffix_or_where_bare_names_are_on() => s_labels.Holds(label =>
    {
        var isLocal = label == "localhost";
        Assert.Equal(label, new MeshNames([], bareNames: false).Find(new Uri($"http://{label}.mesh/")));
        Assert.Null(new MeshNames([], bareNames: false).Find(new Uri($"http://{label}/")));
        Assert.Equal(isLocal ? null : label, new MeshNames([], bareNames: true).Find(new Uri($"http://{label}/")));
        Assert.Null(MeshNames.None.Find(new Uri($"http://{label}.mesh/")));
    });

    [Fact]
    public void Dotted_names_and_addresses_are_never_the_meshs() => Gen.Select(s_labels, s_labels, Gen.Byte.Array[4]).Holds((label, domain, bytes) =>
    {
        var names = new MeshNames([label], bareNames: true);
        Assert.Null(names.Find(new Uri($"http://{label}.{domain}x/")));
        Assert.Null(names.Find(new Uri($"http://{string.Join('.', bytes)}/")));
    });

    [Fact]
    public void A_relative_redirect_keeps_to_the_service_and_to_its_scheme() => Gen.Select(s_labels, s_paths, Gen.Bool).Holds((label, path, secure) =>
    {
        var scheme = secure ? "https" : "http";
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{scheme}://{label}/a/b?c");
        using var response = new HttpResponseMessage(System.Net.HttpStatusCode.Found);
        response.Headers.TryAddWithoutValidation("Location", $"/{path.TrimStart('/')}");
        var target = Redirects.Target(request, response);
        Assert.Equal((scheme, label), (target!.Scheme, target.Host));
    });
}

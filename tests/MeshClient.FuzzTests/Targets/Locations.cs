using System.Net;
using System.Text;
using MeshClient.FuzzTests.Fuzzing;
using MeshClient.Http;

namespace MeshClient.FuzzTests.Targets;

/// <summary>Where an answer redirects to: to http or https and never down from https, or not at all.</summary>
internal sealed class Locations : IFuzzTarget
{
    private static readonly Uri[] s_from = [new("http://catalog/a/b?c#d"), new("https://catalog.mesh/")];

    private static readonly HttpStatusCode[] s_statuses =
    [
        HttpStatusCode.MultipleChoices, HttpStatusCode.MovedPermanently, HttpStatusCode.Found, HttpStatusCode.SeeOther, HttpStatusCode.NotModified,
        HttpStatusCode.TemporaryRedirect, HttpStatusCode.PermanentRedirect,
    ];

    private static readonly IReadOnlyList<byte[]> s_seeds = Seeds.Texts(
        "/items/2", "../x", "?page=2", "#top", "//orders.mesh/x", "http://catalog/x#y", "https://example.com:8443/", "ftp://a/", "javascript:alert(1)",
        "http://[::1]:80/", "//[::1", "http://a.b.mesh/", "/\\example.com", "http:///x", "http:x", "https:/x", "", "//", "///", "//@/", "//user@[::1%25eth0]/");

    public int Inputs => 1500;

    public byte[] Make(Mutator mutator) => mutator.Mutate(s_seeds);

    public long Allowance(byte[] input) => (1 << 20) + (1024L * input.Length);

    public Task TakeAsync(byte[] input)
    {
        foreach (var text in (string[])[Encoding.UTF8.GetString(input), Encoding.Latin1.GetString(input)])
        {
            foreach (var from in s_from)
                Follow(from, text, s_statuses[input.Length % s_statuses.Length]);
        }
        return Task.CompletedTask;
    }

    private static void Follow(Uri from, string location, HttpStatusCode status)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, from) { Content = new ByteArrayContent([1]) };
        using var response = new HttpResponseMessage(status);
        if (!response.Headers.TryAddWithoutValidation("Location", location) || Redirects.Target(request, response) is not { } target)
            return;
        Assert.True(target.IsAbsoluteUri);
        Assert.Contains(target.Scheme, (string[])[Uri.UriSchemeHttp, Uri.UriSchemeHttps]);
        Assert.False(from.Scheme == Uri.UriSchemeHttps && target.Scheme == Uri.UriSchemeHttp);
        Redirects.Apply(request, status, target);
        Assert.Null(request.Headers.Authorization);
        Urls.Find(request.RequestUri!);
    }
}

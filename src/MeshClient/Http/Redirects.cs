using System.Net;

namespace MeshClient.Http;

/// <summary>
/// The rules of following a redirect (RFC 9110, 15.4), for the mesh's own transports follow none: each is bound to one endpoint
/// and would send the foreign target to that same peer.
/// </summary>
internal static class Redirects
{
    /// <summary>The most redirects one call follows.</summary>
    public const int Limit = 20;

    /// <summary>Whether a status may be one.</summary>
    public static bool IsRedirect(HttpStatusCode status) => (int)status is >= 300 and < 400;

    /// <summary>Where the answer sends its caller; null when it is no redirect that may be followed.</summary>
    public static Uri? Target(HttpRequestMessage request, HttpResponseMessage response)
    {
        if (response.StatusCode is not (HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther
            or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect or HttpStatusCode.MultipleChoices))
            return null;
        if (response.Headers.Location is not { } location || request.RequestUri is not { } from)
            return null;
        // What is no URL beside the one that was asked for, such as "//[", leads nowhere.
        if (!Uri.TryCreate(from, location, out var target))
            return null;
        if (target.Scheme != Uri.UriSchemeHttp && target.Scheme != Uri.UriSchemeHttps)
            return null;
        // Following one from https to http would give up the protection the caller asked for.
        if (from.Scheme == Uri.UriSchemeHttps && target.Scheme == Uri.UriSchemeHttp)
            return null;
        return target.Fragment.Length == 0 && Uri.TryCreate(target, from.Fragment, out var withFragment) ? withFragment : target;
    }

    /// <summary>Whether the body has to be sent again to follow the redirect.</summary>
    public static bool KeepsBody(HttpRequestMessage request, HttpStatusCode status) => request.Content is not null && !BecomesGet(request.Method, status);

    /// <summary>Turns the request towards the target: the method as browsers change it, and without the credentials meant for the first one.</summary>
    public static void Apply(HttpRequestMessage request, HttpStatusCode status, Uri target)
    {
        if (BecomesGet(request.Method, status))
        {
            request.Method = HttpMethod.Get;
            request.Content = null;
            request.Headers.TransferEncodingChunked = null;
        }
        request.Headers.Authorization = null;
        // A Host that the caller set names the first target.
        request.Headers.Host = null;
        request.RequestUri = target;
    }

    private static bool BecomesGet(HttpMethod method, HttpStatusCode status) => status switch
    {
        HttpStatusCode.SeeOther => method != HttpMethod.Get && method != HttpMethod.Head,
        HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.MultipleChoices => method == HttpMethod.Post,
        _ => false,
    };
}

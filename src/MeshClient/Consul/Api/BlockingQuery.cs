using System.Globalization;

namespace MeshClient.Consul.Api;

/// <summary>How long the agent may hold a query.</summary>
/// <param name="Index">The index to wait beyond; 0 = answer at once.</param>
/// <param name="Wait">How long to wait without a change.</param>
internal readonly record struct BlockingQuery(ulong Index, TimeSpan Wait)
{
    /// <summary>The request for a path, with or without a query of its own, held as this says.</summary>
    public ConsulRequest Request(string path, string what, string rules)
    {
        var request = new ConsulRequest(HttpMethod.Get, path, what, rules);
        return Index == 0 ? request : request with
        {
            Path = string.Create(CultureInfo.InvariantCulture, $"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}index={Index}&wait={GoDuration.Format(Wait)}"),
            Timeout = ConsulRequest.BlockingTimeout(Wait),
        };
    }

    /// <summary>The index of an answer; null = it has none, and there is nothing to wait on.</summary>
    public static ulong? IndexOf(HttpResponseMessage response) =>
        response.Headers.TryGetValues("X-Consul-Index", out var values)
        && ulong.TryParse(values.FirstOrDefault(), NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? index : null;
}

/// <summary>An answer and the index to wait beyond next.</summary>
internal readonly record struct Indexed<T>(T Value, ulong? Index);

using System.Globalization;
using MeshClient.DevRegistry.Primitives;
using Microsoft.AspNetCore.Http;

namespace MeshClient.DevRegistry.Http;

/// <summary>What a read asks for beside its name.</summary>
internal readonly record struct QueryOptions(ulong MinIndex, TimeSpan Wait, string Consistency)
{
    public static QueryOptions Parse(IQueryCollection query, string datacenter)
    {
        var stale = query.ContainsKey("stale");
        var consistent = query.ContainsKey("consistent");
        if (stale && consistent)
        {
            throw new RequestException(StatusCodes.Status400BadRequest, "Cannot specify ?stale with ?consistent, conflicting semantics.");
        }
        var wait = TimeSpan.Zero;
        if (Text(query, "wait") is { } waitText && !GoDuration.TryParse(waitText, out wait))
        {
            throw new RequestException(StatusCodes.Status400BadRequest, "Invalid wait time");
        }
        var index = 0UL;
        if (Text(query, "index") is { } indexText
            && !ulong.TryParse(indexText, NumberStyles.None, CultureInfo.InvariantCulture, out index))
        {
            throw new RequestException(StatusCodes.Status400BadRequest, "Invalid index");
        }
        RefuseOtherDatacenter(query, datacenter);
        return new(index, wait, stale ? "stale" : consistent ? "consistent" : "leader");
    }

    public static void RefuseOtherDatacenter(IQueryCollection query, string datacenter, bool fromQuery = true)
    {
        if (Text(query, "dc") is { } asked && !string.Equals(asked, datacenter, StringComparison.Ordinal))
        {
            throw new RequestException(StatusCodes.Status500InternalServerError, "No path to datacenter") { FromQuery = fromQuery };
        }
    }

    /// <summary>A switch that counts as on when it stands alone.</summary>
    public static bool Flag(IQueryCollection query, string name)
    {
        if (!query.ContainsKey(name))
        {
            return false;
        }
        return Text(query, name) is not { } text || (ParseBool(text)
            ?? throw new RequestException(StatusCodes.Status400BadRequest, $"Invalid value for ?{name}"));
    }

    /// <summary>The spellings that Go accepts.</summary>
    public static bool? ParseBool(string text) => text switch
    {
        "1" or "t" or "T" or "true" or "TRUE" or "True" => true,
        "0" or "f" or "F" or "false" or "FALSE" or "False" => false,
        _ => null,
    };

    private static string? Text(IQueryCollection query, string name) =>
        query[name] is [{ Length: > 0 } text, ..] ? text : null;
}

using Grpc.Core;
using MeshClient.Endpoints;

namespace MeshClient.Grpc;

/// <summary>What the status of a gRPC call says of the endpoint that sent it (gRPC, "Status codes and their use").</summary>
internal static class GrpcCode
{
    /// <summary>What it says of the endpoint: the caller's mistakes and the application's own answers blame nobody.</summary>
    public static Outcome OutcomeOf(StatusCode status) => status switch
    {
        StatusCode.OK => Outcome.Success,
        StatusCode.Unavailable => Outcome.GatewayFailure,
        StatusCode.DeadlineExceeded => Outcome.Timeout,
        StatusCode.ResourceExhausted => Outcome.Overloaded,
        StatusCode.Unknown or StatusCode.Internal or StatusCode.DataLoss => Outcome.ServerError,
        // The caller's, or an answer that every endpoint would give, UNIMPLEMENTED included.
        >= StatusCode.Cancelled and <= StatusCode.Unauthenticated => Outcome.ClientError,
        _ => Outcome.ServerError,
    };

    /// <summary>Reads a status as it stands on the wire: a number. One that nobody knows means UNKNOWN, as gRPC has it.</summary>
    public static StatusCode Parse(string text) => TryParse(text, out var status) ? status : StatusCode.Unknown;

    /// <summary>Whether what stands on the wire is the number of a status.</summary>
    public static bool IsKnown(string text) => TryParse(text, out _);

    /// <summary>Reads the name of a status, with or without underscores and in any case; null = there is none of that name.</summary>
    public static StatusCode? OfName(string name)
    {
        var plain = name.Replace("_", "", StringComparison.Ordinal);
        foreach (var status in Enum.GetValues<StatusCode>())
        {
            if (status.ToString().Equals(plain, StringComparison.OrdinalIgnoreCase))
                return status;
        }
        return null;
    }

    /// <summary>What a client makes of an answer that says no status (gRPC, "HTTP to gRPC status code mapping").</summary>
    /// <param name="status">HTTP's status.</param>
    public static StatusCode OfHttp(int status) => status switch
    {
        400 => StatusCode.Internal,
        401 => StatusCode.Unauthenticated,
        403 => StatusCode.PermissionDenied,
        404 => StatusCode.Unimplemented,
        429 or 502 or 503 or 504 => StatusCode.Unavailable,
        _ => StatusCode.Unknown,
    };

    private static bool TryParse(string text, out StatusCode status)
    {
        var isNumber = int.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number);
        status = (StatusCode)number;
        return isNumber && status is >= StatusCode.OK and <= StatusCode.Unauthenticated;
    }
}

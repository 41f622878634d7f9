using MeshClient.Clusters;
using MeshClient.Endpoints;
using MeshClient.Resilience;

namespace MeshClient.Http;

/// <summary>What a caller is told of a call that failed: which service, which instance, after how many attempts, why, and the remedy.</summary>
internal static class CallErrors
{
    /// <summary>The exception of a call whose last attempt brought no answer.</summary>
    public static Exception Final(in Call call, AttemptResult last, int attempts)
    {
        var cluster = call.Cluster;
        var error = last.Error!;
        if (call.Caller.IsCancellationRequested)
            return Cancelled(call, error);
        if (error is TimeoutException)
        {
            return new MeshTimeoutException(cluster.Name, cluster.Options.Timeout,
                $"{cluster.Name}: the deadline of the call that this one is made for had passed before it could be sent.", error);
        }
        var endpoint = last.Endpoint?.Endpoint;
        return last.Outcome switch
        {
            Outcome.Timeout => new MeshTimeoutException(cluster.Name, cluster.Options.Timeout,
                $"{cluster.Name}: {endpoint} sent no answer in time ({Count(attempts)} within {cluster.Options.Timeout.TotalSeconds:0.###} s; "
                + $"Mesh:Upstreams:{cluster.Name}:Timeout, :AttemptTimeout).", error),
            Outcome.ConnectFailure => new HttpRequestException(
                (error as HttpRequestException)?.HttpRequestError ?? HttpRequestError.ConnectionError,
                $"{cluster.Name}: no connection to {endpoint} ({Count(attempts)}): {error.Message}", error),
            Outcome.TransportFailure => new HttpRequestException(
                (error as HttpRequestException)?.HttpRequestError ?? HttpRequestError.Unknown,
                $"{cluster.Name}: {endpoint} broke off ({Count(attempts)}): {error.Message}", error),
            _ => error,
        };
    }

    /// <summary>The exception of a call that its caller gave up.</summary>
    public static TaskCanceledException Cancelled(in Call call, Exception? error) =>
        new($"The call to {call.Cluster.Name} was cancelled by its caller.", error, call.Caller);

    /// <summary>The exception of a call that found no endpoint.</summary>
    public static MeshUnavailableException Unavailable(Cluster cluster)
    {
        var watch = cluster.State.Watch;
        if (watch.LastGood is not { } known)
            return NotKnownYet(cluster, TimeSpan.Zero);
        if (known.Endpoints.IsEmpty)
        {
            return new(cluster.Service, UnavailableReason.NoInstances,
                $"{cluster.Name}: the registry knows no instance of \"{cluster.Service}\". Is the service registered under that name?{Trouble(watch.Trouble)}");
        }
        var states = known.Endpoints.GroupBy(e => e.IsUsable ? "usable" : e.Health is Model.EndpointHealth.Passing or Model.EndpointHealth.Warning
            ? "weight or port 0" : e.Health.ToString().ToLowerInvariant());
        return new(cluster.Service, UnavailableReason.NoneUsable,
            $"{cluster.Name}: none of the {known.Endpoints.Length} instances of \"{cluster.Service}\" can be used "
            + $"({string.Join(", ", states.Select(s => $"{s.Count()} {s.Key}"))}).{Trouble(watch.Trouble)}");
    }

    /// <summary>The exception of a call that waited in vain for the registry's first word.</summary>
    public static MeshUnavailableException NotKnownYet(Cluster cluster, TimeSpan waited) =>
        new(cluster.Service, UnavailableReason.NotKnownYet,
            $"{cluster.Name}: nothing is known of \"{cluster.Service}\" yet{(waited > TimeSpan.Zero ? $" after {waited.TotalSeconds:0.###} s" : "")}."
            + (cluster.State.Watch.Trouble is { } trouble ? Trouble(trouble) : " The registry has not answered."));

    private static string Trouble(string? trouble) => trouble is null ? "" : $" The registry: {trouble}";

    private static string Count(int attempts) => attempts == 1 ? "1 attempt" : $"{attempts} attempts";
}

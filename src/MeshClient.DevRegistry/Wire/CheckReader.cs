using System.Globalization;
using MeshClient.DevRegistry.Catalog;
using MeshClient.DevRegistry.Checks;

namespace MeshClient.DevRegistry.Wire;

/// <summary>Turns the checks of a body into what the agent keeps, or says what is wrong with them in Consul's words.</summary>
internal static class CheckReader
{
    private static readonly TimeSpan MinInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MaxInterval = TimeSpan.FromDays(40); // Delays reach 49 days.
    private static readonly TimeSpan MinDeregisterAfter = TimeSpan.FromMinutes(1);

    public static List<CheckDefinition> ReadAll(RegisterServiceRequest request, ServiceDefinition service)
    {
        CheckRequest?[] given = [request.Check, .. request.Checks ?? []];
        // `{}` is no check: Consul ignores it.
        var checks = given.OfType<CheckRequest>().Where(static check => check != new CheckRequest()).ToList();
        var definitions = new List<CheckDefinition>(checks.Count);
        foreach (var check in checks)
        {
            var number = checks.Count > 1 ? string.Create(CultureInfo.InvariantCulture, $":{definitions.Count + 1}") : "";
            var id = FirstOf(check.CheckID, check.ID, $"service:{service.Id}{number}");
            definitions.Add(Read(check, id, FirstOf(check.Name, $"Service '{service.Name}' check")));
        }
        return definitions;
    }

    public static CheckDefinition ReadOne(CheckRequest check)
    {
        if (string.IsNullOrEmpty(check.Name))
        {
            throw new InvalidRequestException("Missing check name");
        }
        return Read(check, FirstOf(check.CheckID, check.ID, check.Name), check.Name);
    }

    private static CheckDefinition Read(CheckRequest check, string id, string name)
    {
        var status = HealthStatus.Critical;
        if (!string.IsNullOrEmpty(check.Status) && !HealthStatusText.TryParse(check.Status, out status))
        {
            throw new InvalidRequestException("Status for checks must 'passing', 'warning', 'critical'");
        }
        var (kind, target) = KindOf(check);
        var problem = (kind, check) switch
        {
            (_, { Interval.Ticks: > 0, TTL.Ticks: > 0 }) => "Interval and TTL cannot both be specified",
            (CheckKind.Ttl, { TTL.Ticks: <= 0 }) => "TTL must be > 0 for TTL checks",
            (not (CheckKind.Ttl or CheckKind.Alias), { Interval.Ticks: <= 0 }) => "Interval must be > 0 for Script, HTTP, or TCP checks",
            _ => null,
        };
        if (problem is not null)
        {
            throw new InvalidRequestException($"Invalid check: {problem}");
        }
        return new CheckDefinition
        {
            Id = id,
            Name = name,
            Kind = kind,
            Notes = check.Notes ?? "",
            InitialStatus = status,
            Ttl = check.TTL,
            Interval = check.Interval < MinInterval ? MinInterval : Min(check.Interval, MaxInterval),
            Timeout = Min(check.Timeout, MaxInterval),
            Target = target,
            Method = FirstOf(check.Method, "GET"),
            Body = check.Body ?? "",
            Headers = check.Header ?? [],
            SkipTlsVerification = check.TLSSkipVerify,
            SuccessBeforePassing = check.SuccessBeforePassing,
            FailuresBeforeCritical = check.FailuresBeforeCritical,
            DeregisterAfter = check.DeregisterCriticalServiceAfter is { Ticks: > 0 } after && after < MinDeregisterAfter
                ? MinDeregisterAfter
                : check.DeregisterCriticalServiceAfter,
        };
    }

    private static (CheckKind Kind, string Target) KindOf(CheckRequest check) => check switch
    {
        { HTTP.Length: > 0 } => (CheckKind.Http, check.HTTP),
        { TCP.Length: > 0 } => (CheckKind.Tcp, check.TCP),
        { GRPC.Length: > 0 } => (CheckKind.Grpc, check.GRPC),
        { AliasService.Length: > 0 } => (CheckKind.Alias, check.AliasService),
        _ => (CheckKind.Ttl, ""),
    };

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private static string FirstOf(params ReadOnlySpan<string?> candidates)
    {
        foreach (var candidate in candidates)
        {
            if (!string.IsNullOrEmpty(candidate))
            {
                return candidate;
            }
        }
        return "";
    }
}

using MeshClient.DevRegistry.Catalog;

namespace MeshClient.DevRegistry.Checks;

/// <summary>How the state of a check comes about.</summary>
internal enum CheckKind
{
    Ttl,
    Http,
    Tcp,
    Grpc,
    Maintenance,
    Alias,
}

/// <summary>A check as its owner registered it.</summary>
internal sealed record CheckDefinition
{
    public required string Id { get; init; }
    public required string Name { get; init; }
    public required CheckKind Kind { get; init; }
    public string Notes { get; init; } = "";
    public HealthStatus InitialStatus { get; init; } = HealthStatus.Critical;
    public TimeSpan Ttl { get; init; }
    public TimeSpan Interval { get; init; }
    public TimeSpan Timeout { get; init; }

    /// <summary>The URL of an HTTP check, the service ID of an alias, else "host:port".</summary>
    public string Target { get; init; } = "";
    public string Method { get; init; } = "GET";
    public string Body { get; init; } = "";
    public IReadOnlyDictionary<string, string[]> Headers { get; init; } = new Dictionary<string, string[]>();
    public bool SkipTlsVerification { get; init; }
    public int SuccessBeforePassing { get; init; }
    public int FailuresBeforeCritical { get; init; }

    /// <summary>How long the check may be critical before its service is removed; zero is for ever.</summary>
    public TimeSpan DeregisterAfter { get; init; }

    public string TypeText => Kind switch
    {
        CheckKind.Ttl => "ttl",
        CheckKind.Http => "http",
        CheckKind.Tcp => "tcp",
        CheckKind.Grpc => "grpc",
        CheckKind.Alias => "alias",
        _ => "maintenance",
    };
}

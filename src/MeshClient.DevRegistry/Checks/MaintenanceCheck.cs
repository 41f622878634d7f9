namespace MeshClient.DevRegistry.Checks;

/// <summary>The check that takes a service out of use: critical for as long as it is there.</summary>
internal static class MaintenanceCheck
{
    private const string DefaultReason =
        "Maintenance mode is enabled for this service, but no reason was provided. This is a default message.";

    public static string IdOf(string serviceId) => $"_service_maintenance:{serviceId}";

    public static CheckDefinition Create(string serviceId, string reason) => new()
    {
        Id = IdOf(serviceId),
        Name = "Service Maintenance Mode",
        Kind = CheckKind.Maintenance,
        Notes = reason.Length > 0 ? reason : DefaultReason,
    };
}

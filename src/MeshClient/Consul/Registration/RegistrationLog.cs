using MeshClient.Telemetry;
using Microsoft.Extensions.Logging;

namespace MeshClient.Consul.Registration;

[LogEvents(typeof(ServiceRegistrar), 1100, 1199)]
internal static partial class RegistrationLog
{
    [LoggerMessage(1100, LogLevel.Information, "Registered {Id} in Consul at {Address}:{Port}.", EventName = "Registered")]
    public static partial void Registered(this ILogger logger, string id, string address, int port);

    [LoggerMessage(1101, LogLevel.Warning, "The registration of {Id} is in trouble; the service runs on and it is tried again. {Trouble}",
        EventName = "RegistrationTroubleBegan")]
    public static partial void TroubleBegan(this ILogger logger, string id, string trouble);

    [LoggerMessage(1102, LogLevel.Debug, "The registration of {Id} is still in trouble. {Trouble}", EventName = "RegistrationTroubleGoesOn")]
    public static partial void TroubleGoesOn(this ILogger logger, string id, string trouble);

    [LoggerMessage(1103, LogLevel.Information, "The registration of {Id} works again.", EventName = "RegistrationRecovered")]
    public static partial void Recovered(this ILogger logger, string id);

    [LoggerMessage(1104, LogLevel.Warning, "The Consul agent has forgotten {Id}, as after a restart: it is registered again.",
        EventName = "RegistrationForgotten")]
    public static partial void Forgotten(this ILogger logger, string id);

    [LoggerMessage(1105, LogLevel.Warning,
        "{Id} is registered already at {Address}:{Port} and its checks pass: if another live process uses this ID, the two will take the "
        + "registration from each other. Give each instance its own Mesh:Service:Id.", EventName = "RegistrationIdTaken")]
    public static partial void DuplicateId(this ILogger logger, string id, string address, int port);

    [LoggerMessage(1106, LogLevel.Information, "Deregistered {Id} from Consul.", EventName = "Deregistered")]
    public static partial void Deregistered(this ILogger logger, string id);

    [LoggerMessage(1107, LogLevel.Warning,
        "{Id} could not be deregistered before the stop: callers see it until its check is critical, and Consul removes it {After} later. {Trouble}",
        EventName = "DeregistrationFailed")]
    public static partial void NotDeregistered(this ILogger logger, string id, TimeSpan after, string trouble);

    [LoggerMessage(1108, LogLevel.Warning,
        "{Name} is not registered: the server listens on no address that callers could use. Set Mesh:Service:Address and Mesh:Service:Port.",
        EventName = "RegistrationWithoutAddress")]
    public static partial void NoAddress(this ILogger logger, string name);

    [LoggerMessage(1110, LogLevel.Error,
        "{Name} is not registered: another host in this process has registered the instance {Id} and keeps it until it stops. Give each host its own "
        + "Mesh:Service:Id, or its own Mesh:Service:Port.", EventName = "InstanceClaimed")]
    public static partial void Claimed(this ILogger logger, string name, string id);

    [LoggerMessage(1109, LogLevel.Error, "The registration of {Name} has stopped by a fault in the library.", EventName = "RegistrationStopped")]
    public static partial void Stopped(this ILogger logger, Exception exception, string name);
}

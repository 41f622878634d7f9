using System.Reflection;
using System.Runtime.CompilerServices;
using MeshClient.AspNetCore.Inbound;
using MeshClient.HealthChecks;
using MeshClient.Telemetry;
using Microsoft.Extensions.Logging;

namespace MeshClient.AspNetCore.Tests.Telemetry;

/// <summary>A log message of the library.</summary>
internal sealed record LogEvent(Type Class, LogEventsAttribute? Range, LoggerMessageAttribute Message);

/// <summary>Every signal that the library's assemblies define, found by the types of their definitions.</summary>
internal static class Catalogue
{
    private static readonly Assembly[] s_assemblies = [typeof(MeshTelemetry).Assembly, typeof(InboundRequests).Assembly];

    private static readonly Type[] s_types =
        [.. s_assemblies.SelectMany(a => a.GetTypes()).Where(t => !t.IsDefined(typeof(CompilerGeneratedAttribute)))];

    public static IReadOnlyList<InstrumentDefinition> Instruments { get; } = [.. Fields<InstrumentDefinition>().OrderBy(i => i.Name, StringComparer.Ordinal)];

    public static IReadOnlyList<SpanDefinition> Spans { get; } = [.. Fields<SpanDefinition>().OrderBy(s => s.Name, StringComparer.Ordinal)];

    public static IReadOnlyList<HealthCheckDefinition> HealthChecks { get; } =
        [.. Fields<HealthCheckDefinition>().OrderBy(c => c.Name, StringComparer.Ordinal)];

    public static IReadOnlyList<LogEvent> LogEvents { get; } =
    [
        .. from type in s_types
           from method in type.GetMethods(BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
           let message = method.GetCustomAttribute<LoggerMessageAttribute>()
           where message is not null
           orderby message.EventId
           select new LogEvent(type, type.GetCustomAttribute<LogEventsAttribute>(), message),
    ];

    private static IEnumerable<T> Fields<T>()
        where T : class =>
        s_types.Where(t => !t.ContainsGenericParameters)
            .SelectMany(t => t.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Where(f => typeof(T).IsAssignableFrom(f.FieldType)).Select(f => (T)f.GetValue(null)!);
}

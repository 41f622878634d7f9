using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using MeshClient.AspNetCore.Inbound;
using MeshClient.AspNetCore.Security;
using MeshClient.Identity;
using MeshClient.Intentions;
using MeshClient.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace MeshClient.AspNetCore.Tests.Telemetry;

/// <summary>The instruments that an application really has are those that are defined, and the other way round.</summary>
public sealed partial class InstrumentsTests
{
    [Fact]
    public async Task An_application_has_the_defined_instruments_and_no_others()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Configuration["Mesh:Services:catalog:Endpoints:0"] = "127.0.0.1:9";
        builder.WebHost.UseKestrelCore().ConfigureKestrel(k => k.Listen(System.Net.IPAddress.Loopback, 0)).UseMesh();
        builder.Services.AddMesh();
        await using var app = builder.Build();
        var meters = app.Services.GetRequiredService<IMeterFactory>();
        var published = new ConcurrentDictionary<string, Instrument>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter.Name == MeshTelemetry.Name && ReferenceEquals(instrument.Meter.Scope, meters))
                    Assert.True(published.TryAdd(instrument.Name, instrument), $"{instrument.Name} is made twice.");
            },
        };
        listener.Start();
        await app.StartAsync(TestContext.Current.CancellationToken);
        // Made only where security is on.
        app.Services.GetRequiredService<IdentityMetrics>();
        app.Services.GetRequiredService<IntentionMetrics>();
        app.Services.GetRequiredService<InboundMetrics>();
        // Only where there is a limit.
        app.Services.GetRequiredService<RequestLimitMetrics>();

        Assert.Equal(Catalogue.Instruments.Select(i => i.Name), published.Keys.Order(StringComparer.Ordinal));
        Assert.All(Catalogue.Instruments, defined =>
        {
            var made = published[defined.Name];
            Assert.Equal((defined.Unit, defined.Description), (made.Unit, made.Description));
            Assert.Contains(defined.Kind, made.GetType().Name, StringComparison.Ordinal);
            Assert.Equal(MeshTelemetry.Version, made.Meter.Version);
        });
        await app.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public void Names_and_units_follow_OpenTelemetry()
    {
        Assert.All(Catalogue.Instruments, i => Assert.Matches(Name(), i.Name));
        // Those of UCUM that the library uses: seconds, no unit, and what is counted, in braces.
        Assert.All(Catalogue.Instruments, i => Assert.Matches(Unit(), i.Unit));
        Assert.All(Catalogue.Instruments, i => Assert.EndsWith(".", i.Description, StringComparison.Ordinal));
        Assert.All(Catalogue.Instruments, i => Assert.NotEmpty(i.Tags));
        var tags = Catalogue.Instruments.SelectMany(i => i.Tags).Concat(Catalogue.Spans.SelectMany(s => s.Attributes)).ToArray();
        Assert.All(tags, t => Assert.Matches(Name(), t.Name));
        Assert.All(tags, t => Assert.EndsWith(".", t.Description, StringComparison.Ordinal));
    }

    [GeneratedRegex(@"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$")]
    private static partial Regex Name();

    [GeneratedRegex(@"^(s|1|By|\{[a-z]+\})$")]
    private static partial Regex Unit();
}

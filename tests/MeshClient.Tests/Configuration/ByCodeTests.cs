using MeshClient.Clusters;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace MeshClient.Tests.Configuration;

/// <summary>What can stand in the configuration can be said by code, and which of the two counts.</summary>
public sealed class ByCodeTests
{
    [Fact]
    public void Settings_are_laid_over_each_other_from_the_general_to_the_particular()
    {
        using var provider = Build(
            m => m.ConfigureUpstreamDefaults(o => (o.Timeout, o.IdleTimeout, o.AttemptTimeout, o.LoadBalancing, o.Retry.MaxAttempts) =
                    (Seconds(21), Seconds(22), Seconds(2), "Random", 4))
                .ConfigureUpstream("catalog", o => o.LoadBalancing = "RoundRobin"),
            ("Upstreams:*:IdleTimeout", "00:00:32"), ("Upstreams:*:AttemptTimeout", "00:00:03"), ("Upstreams:*:LoadBalancing", "LeastRequest"),
            ("Upstreams:catalog:AttemptTimeout", "00:00:04"), ("Upstreams:catalog:LoadBalancing", "LeastRequest"));
        var catalog = Of(provider, "catalog");

        Assert.Equal(4, catalog.Retry.MaxAttempts);
        Assert.Equal(Seconds(21), catalog.Timeout);
        Assert.Equal(Seconds(32), catalog.IdleTimeout);
        Assert.Equal(Seconds(4), catalog.AttemptTimeout);
        Assert.Equal("RoundRobin", catalog.LoadBalancing);
    }

    [Fact]
    public void Defaults_by_code_hold_for_names_that_stand_nowhere()
    {
        using var provider = Build(
            m => m.ConfigureUpstreamDefaults(o => o.Timeout = Seconds(21)).ConfigureUpstreamDefaults(o => o.IdleTimeout = o.Timeout), ("BareNames", "true"));
        Assert.Equal((Seconds(21), Seconds(21)), (Of(provider, "undeclared").Timeout, Of(provider, "undeclared").IdleTimeout));
    }

    [Fact]
    public void Defaults_by_code_lie_under_those_of_the_section_for_such_names_too()
    {
        using var provider = Build(m => m.ConfigureUpstreamDefaults(o => (o.Timeout, o.IdleTimeout) = (Seconds(21), Seconds(22))),
            ("BareNames", "true"), ("Upstreams:*:Timeout", "00:00:31"));
        Assert.Equal((Seconds(31), Seconds(22)), (Of(provider, "undeclared").Timeout, Of(provider, "undeclared").IdleTimeout));
    }

    [Fact]
    public void An_upstream_may_be_declared_by_code_alone()
    {
        using var provider = Build(m => m.ConfigureUpstream("catalog", o => o.Service = "catalog-v2").ConfigureUpstreamDefaults(o => o.Timeout = Seconds(21)));
        Assert.Equal(("catalog-v2", Seconds(21)), (Of(provider, "CATALOG").Service, Of(provider, "catalog").Timeout));
    }

    [Fact]
    public void Options_set_before_AddMesh_are_kept_under_the_section()
    {
        var services = new ServiceCollection().Configure<MeshClient.Configuration.MeshOptions>(
            o => o.Upstreams["catalog"] = new() { Timeout = Seconds(21), IdleTimeout = Seconds(22) });
        using var provider = Build(services, null, ("Upstreams:catalog:Timeout", "00:00:05"));
        Assert.Equal((Seconds(5), Seconds(22)), (Of(provider, "catalog").Timeout, Of(provider, "catalog").IdleTimeout));
    }

    [Fact]
    public void What_code_says_is_checked_too()
    {
        using var provider = Build(m => m.ConfigureUpstream("catalog", o => o.Timeout = TimeSpan.Zero));
        Assert.Contains("Mesh:Upstreams:catalog:Timeout: expected a time over zero", Refused(provider), StringComparison.Ordinal);
    }

    [Fact]
    public void Defaults_by_code_are_checked_where_nothing_is_declared()
    {
        using var provider = Build(m => m.ConfigureUpstreamDefaults(o => o.Retry.MaxAttempts = 0), ("BareNames", "true"));
        Assert.Contains("Mesh:Upstreams:*:Retry:MaxAttempts: expected 1 to 10, found 0", Refused(provider), StringComparison.Ordinal);
    }

    [Fact]
    public void The_key_of_the_defaults_is_no_upstream()
    {
        var error = Assert.Throws<ArgumentException>(() => new ServiceCollection().AddMesh(m => m.ConfigureUpstream("*", _ => { })));
        Assert.Contains("ConfigureUpstreamDefaults", error.Message, StringComparison.Ordinal);
    }

    private static string Refused(ServiceProvider provider) =>
        Assert.Throws<OptionsValidationException>(() => provider.GetRequiredService<ClusterTable>()).Message;

    private static UpstreamOptions Of(ServiceProvider provider, string name) =>
        provider.GetRequiredService<ClusterTable>().Find(new Uri($"http://{name}/"))!.Options;

    private static ServiceProvider Build(Action<MeshBuilder>? mesh, params (string Key, string Value)[] settings) =>
        Build(new ServiceCollection(), mesh, settings);

    private static ServiceProvider Build(IServiceCollection services, Action<MeshBuilder>? mesh, params (string Key, string Value)[] settings)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings.Select(s => KeyValuePair.Create($"Mesh:{s.Key}", (string?)s.Value))).Build();
        return services.AddSingleton<IConfiguration>(configuration).AddMesh(mesh).BuildServiceProvider();
    }

    private static TimeSpan Seconds(int seconds) => TimeSpan.FromSeconds(seconds);
}

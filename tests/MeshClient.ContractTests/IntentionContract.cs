using System.Net.Http.Json;
using System.Text.Json;
using MeshClient.Consul;
using MeshClient.Consul.Api;
using MeshClient.Consul.Intentions;
using MeshClient.Identity;
using MeshClient.Intentions;
using MeshClient.Matching;
using MeshClient.Primitives;
using MeshClient.TestKit;
using MeshClient.TestKit.Consul;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace MeshClient.ContractTests;

/// <summary>The intentions of a real Consul, decided here and asked of it.</summary>
public sealed class IntentionContract : IAsyncLifetime
{
    private const string Intentions = "v1/connect/intentions";
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly List<IAsyncDisposable> _owned = [];
    private ConsulAgent _agent = null!;
    private HttpClient _http = null!;

    public async ValueTask InitializeAsync()
    {
        var reason = await ConsulAgent.GetSkipReasonAsync();
        Assert.SkipWhen(reason is not null, reason ?? "");
        await StartAsync(new ConsulAgentOptions());
    }

    public async ValueTask DisposeAsync()
    {
        _owned.Reverse();
        foreach (var owned in _owned)
            await owned.DisposeAsync();
        await _services.DisposeAsync();
        _http?.Dispose();
    }

    [Fact]
    public async Task Without_intentions_the_default_decides_and_each_change_arrives()
    {
        var keeper = Keep("db");
        await SeesAsync(keeper, "web", true);
        var id = await WriteAsync("web", "db", "deny");
        await SeesAsync(keeper, "web", false);
        Assert.True(Allows(keeper, "api"));
        await WriteAsync("*", "db", "deny");
        await SeesAsync(keeper, "api", false);
        using (var changed = await _http.PutAsJsonAsync($"{Intentions}/{id}", Body("web", "db", "allow")))
            changed.EnsureSuccessStatusCode();
        await SeesAsync(keeper, "web", true);
        using (var deleted = await _http.DeleteAsync($"{Intentions}/{id}"))
            deleted.EnsureSuccessStatusCode();
        await SeesAsync(keeper, "web", false);
        Assert.Null(keeper.Trouble);
    }

    // Every set of intentions that there can be between these names: what decides here must be what Consul says of the same pair.
    [Fact]
    public async Task Each_combination_is_decided_as_Consul_checks_it()
    {
        string[] pairs = ["web>db", "*>db", "web>*", "*>*"];
        var keeper = Keep("db");
        await Eventually.True(() => keeper.Current is not null);
        for (var combination = 1; combination < 81; combination++)
        {
            var ids = new List<string>();
            for (var (i, rest) = (0, combination); i < pairs.Length; i++, rest /= 3)
            {
                if (rest % 3 > 0)
                    ids.Add(await WriteAsync(pairs[i].Split('>')[0], pairs[i].Split('>')[1], rest % 3 == 1 ? "allow" : "deny"));
            }
            var checks = new Dictionary<string, bool>();
            foreach (var source in new[] { "web", "api" })
                checks[source] = (await _http.GetFromJsonAsync<JsonElement>($"{Intentions}/check?source={source}&destination=db")).GetProperty("Allowed").GetBoolean();
            await Eventually.True(
                () => keeper.Current!.Set.Intentions.Length == ids.Count && checks.All(c => Allows(keeper, c.Key) == c.Value),
                what: $"combination {combination}: {string.Join(", ", checks)}");
            foreach (var id in ids)
            {
                using var deleted = await _http.DeleteAsync($"{Intentions}/{id}");
                deleted.EnsureSuccessStatusCode();
            }
            await Eventually.True(() => keeper.Current!.Set.Intentions.IsEmpty);
        }
    }

    [Fact]
    public async Task The_intentions_outlive_the_agent()
    {
        var keeper = Keep("db");
        await WriteAsync("web", "db", "deny");
        await SeesAsync(keeper, "web", false);
        await _agent.KillAsync();
        await Eventually.True(() => keeper.Trouble is not null);
        Assert.False(Allows(keeper, "web"));
        Assert.True(Allows(keeper, "api"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task With_acls_the_default_is_theirs_for_a_token_that_reads_the_agent_and_one_that_does_not(bool readsAgent)
    {
        await StartAsync(new ConsulAgentOptions { AclDefaultDeny = true });
        var token = readsAgent
            ? await _agent.CreateTokenAsync("""service "db" { policy = "write" } agent_prefix "" { policy = "read" }""")
            : await _agent.CreateServiceTokenAsync("db");
        var keeper = Keep("db", token);
        await Eventually.True(() => keeper.Current is not null || keeper.Trouble is not null);
        Assert.Null(keeper.Trouble);
        Assert.False(keeper.Current!.Set.AllowByDefault);
        await WriteAsync("web", "db", "allow");
        await SeesAsync(keeper, "web", true);
        Assert.False(Allows(keeper, "api"));
    }

    [Fact]
    public async Task A_token_without_the_right_knows_nothing_and_denies()
    {
        await StartAsync(new ConsulAgentOptions { AclDefaultDeny = true });
        var keeper = Keep("db", await _agent.CreateTokenAsync("""service "other" { policy = "write" }"""));
        await Eventually.True(() => keeper.Trouble is not null);
        Assert.Contains("intentions = \"read\"", keeper.Trouble, StringComparison.Ordinal);
        Assert.Null(keeper.Current);
        Assert.False(Allows(keeper, "web"));
    }

    private async Task StartAsync(ConsulAgentOptions options)
    {
        _agent = await ConsulAgent.StartAsync(options);
        _owned.Add(_agent);
        _http?.Dispose();
        _http = new HttpClient { BaseAddress = _agent.Address };
        _http.DefaultRequestHeaders.Add("X-Consul-Token", _agent.MasterToken);
    }

    private IntentionKeeper Keep(string service, string? token = null)
    {
        var settings = ConsulSettings.Resolve(new ConsulOptions { Address = _agent.Address.ToString(), Token = token }, _ => null);
        var client = new ConsulClient(settings, TimeProvider.System);
        var keeper = new IntentionKeeper(
            new ConsulIntentionSource(service, client, TimeProvider.System, RandomSource.Instance), TimeProvider.System, RandomSource.Instance,
            new IntentionMetrics(_services.GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>()), NullLogger<IntentionKeeper>.Instance);
        _owned.Add(keeper);
        keeper.Start();
        return keeper;
    }

    private static Task SeesAsync(IntentionKeeper keeper, string source, bool allowed) =>
        Eventually.True(() => keeper.Current is not null && Allows(keeper, source) == allowed, what: $"{source} is {(allowed ? "allowed" : "denied")}");

    private static bool Allows(IntentionKeeper keeper, string source) =>
        keeper.Decide(SpiffeId.Of("11111111-2222-3333-4444-555555555555.consul", "dc1", source), new RequestFacts("GET", "/")).IsAllowed;

    private async Task<string> WriteAsync(string source, string destination, string action)
    {
        using var response = await _http.PostAsJsonAsync(Intentions, Body(source, destination, action));
        response.EnsureSuccessStatusCode();
        return (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("ID").GetString()!;
    }

    private static Dictionary<string, string> Body(string source, string destination, string action) => new()
    {
        ["SourceName"] = source,
        ["DestinationName"] = destination,
        ["Action"] = action,
    };
}

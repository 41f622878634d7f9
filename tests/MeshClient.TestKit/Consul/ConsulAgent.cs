using System.ComponentModel;
using System.Diagnostics;
using System.Net.Http.Json;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MeshClient.TestKit.Consul;

/// <summary>A real Consul agent in development mode, in a process of its own. Disposing it kills that process.</summary>
public sealed partial class ConsulAgent : IAsyncDisposable
{
    private const int SigTerm = 15;
    private const int PortCount = 4;

    private readonly string binary;
    private readonly string folder;
    private readonly HttpClient client;
    private readonly bool withAcls;
    private Process? process;

    private ConsulAgent(string binary, string folder, Uri address, string masterToken, bool withAcls)
    {
        this.withAcls = withAcls;
        this.binary = binary;
        this.folder = folder;
        Address = address;
        MasterToken = masterToken;
        client = new HttpClient { BaseAddress = address };
        client.DefaultRequestHeaders.Add("X-Consul-Token", masterToken);
    }

    /// <summary>Where its HTTP API listens; the same after <see cref="RestartAsync"/>.</summary>
    public Uri Address { get; }

    /// <summary>The token that may do all, where <see cref="ConsulAgentOptions.AclDefaultDeny"/> is on.</summary>
    public string MasterToken { get; }

    /// <summary>
    /// Why this machine cannot have an agent, or null where it can: for <c>Assert.SkipWhen</c>. With the environment variable
    /// CI=true it throws instead, so that a build server cannot skip what it is there to test.
    /// </summary>
    /// <exception cref="ConsulUnavailableException">There is no agent and CI=true.</exception>
    public static async Task<string?> GetSkipReasonAsync()
    {
        try
        {
            await ConsulBinary.GetAsync();
            return null;
        }
        catch (ConsulUnavailableException e) when (Environment.GetEnvironmentVariable("CI") != "true")
        {
            return $"no Consul agent: {e.Message}";
        }
    }

    /// <summary>Starts an agent, and returns when it has elected itself leader.</summary>
    /// <param name="options">How; null takes the defaults.</param>
    /// <param name="cancellationToken">Gives up the start.</param>
    /// <exception cref="ConsulUnavailableException">This machine cannot have one.</exception>
    /// <exception cref="TimeoutException">There was no leader in time; the message holds the agent's last words.</exception>
    public static async Task<ConsulAgent> StartAsync(ConsulAgentOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new ConsulAgentOptions();
        var binary = await ConsulBinary.GetAsync();
        var folder = Directory.CreateTempSubdirectory("meshclient-consul-").FullName;
        var ports = FreePort.Next(PortCount);
        var token = Guid.NewGuid().ToString();
        await File.WriteAllTextAsync(
            Path.Combine(folder, "agent.json"), ConsulConfig.Create(options, ports, token), cancellationToken);
        var agent = new ConsulAgent(binary, folder, new Uri($"http://127.0.0.1:{ports[0]}/"), token, options.AclDefaultDeny);
        try
        {
            await agent.LaunchAsync(cancellationToken);
            return agent;
        }
        catch
        {
            await agent.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends it in good order (SIGTERM), and returns when the process has gone.</summary>
    public async Task StopAsync()
    {
        if (process is { HasExited: false })
        {
            if (SendSignal(process.Id, SigTerm) != 0)
            {
                throw new Win32Exception(Marshal.GetLastPInvokeError());
            }
            await process.WaitForExitAsync();
        }
    }

    /// <summary>Kills it at once (SIGKILL), and returns when the process has gone.</summary>
    public async Task KillAsync()
    {
        if (process is { HasExited: false })
        {
            process.Kill();
            await process.WaitForExitAsync();
        }
    }

    /// <summary>Kills it where it still runs, and starts it again on the same ports. It has forgotten everything by then.</summary>
    /// <param name="cancellationToken">Gives up the start.</param>
    public async Task RestartAsync(CancellationToken cancellationToken = default)
    {
        await KillAsync();
        await LaunchAsync(cancellationToken);
    }

    /// <summary>Creates a token with a policy of its own, for agents with <see cref="ConsulAgentOptions.AclDefaultDeny"/>.</summary>
    /// <param name="rules">The policy's rules in HCL, such as <c>service_prefix "" { policy = "read" }</c>.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The token's secret.</returns>
    public async Task<string> CreateTokenAsync(string rules, CancellationToken cancellationToken = default)
    {
        var policy = await PutAsync(
            "v1/acl/policy", new JsonObject { ["Name"] = $"p-{Guid.NewGuid():N}", ["Rules"] = rules }, cancellationToken);
        var reference = new JsonObject { ["ID"] = policy.GetProperty("ID").GetString() };
        var token = await PutAsync("v1/acl/token", new JsonObject { ["Policies"] = new JsonArray(reference) }, cancellationToken);
        return token.GetProperty("SecretID").GetString()!;
    }

    /// <summary>Creates a token that may do what an instance of the service needs, and nothing for other services.</summary>
    /// <param name="service">The service's name.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The token's secret.</returns>
    public async Task<string> CreateServiceTokenAsync(string service, CancellationToken cancellationToken = default)
    {
        var identity = new JsonObject { ["ServiceName"] = service };
        var token = await PutAsync("v1/acl/token", new JsonObject { ["ServiceIdentities"] = new JsonArray(identity) }, cancellationToken);
        return token.GetProperty("SecretID").GetString()!;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        process?.Dispose();
        client.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int processId, int signal);

    private async Task<JsonElement> PutAsync(string path, JsonObject body, CancellationToken cancellationToken)
    {
        using var response = await client.PutAsJsonAsync(path, body, cancellationToken);
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadFromJsonAsync<JsonElement>(cancellationToken);
    }

    private async Task LaunchAsync(CancellationToken cancellationToken)
    {
        var log = new AgentLog();
        process?.Dispose();
        process = new Process
        {
            StartInfo = new ProcessStartInfo(binary, ["agent", "-dev", $"-config-file={folder}/agent.json"])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            },
        };
        process.OutputDataReceived += log.Add;
        process.ErrorDataReceived += log.Add;
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            await Eventually.True(() => IsReadyAsync(cancellationToken), TimeSpan.FromSeconds(30), cancellationToken);
        }
        catch (Exception e) when (e is TimeoutException or InvalidOperationException)
        {
            throw new TimeoutException($"{e.Message}\n{log}", e);
        }
    }

    // Its own entry in the catalog comes late: before that, a write may still meet "No cluster leader". Its ACL system says
    // "legacy mode" for a moment longer.
    private async Task<bool> IsReadyAsync(CancellationToken cancellationToken)
    {
        if (process!.HasExited)
        {
            throw new InvalidOperationException($"The agent ended with {process.ExitCode}.");
        }
        try
        {
            var entries = await client.GetFromJsonAsync<JsonElement>("v1/health/service/consul?stale", cancellationToken);
            if (withAcls)
            {
                await client.GetFromJsonAsync<JsonElement>("v1/acl/policies", cancellationToken);
            }
            return entries.GetArrayLength() > 0;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}

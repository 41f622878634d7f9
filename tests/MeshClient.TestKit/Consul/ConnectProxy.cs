using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace MeshClient.TestKit.Consul;

/// <summary>Consul's own sidecar, <c>consul connect proxy</c>, in a process of its own. Disposing it kills that process.</summary>
public sealed class ConnectProxy : IAsyncDisposable
{
    private readonly Process process;
    private readonly AgentLog log = new();
    private volatile bool isReady;

    private ConnectProxy(string binary, ConsulAgent agent, string[] arguments)
    {
        process = new Process
        {
            StartInfo = new ProcessStartInfo(binary, ["connect", "proxy", $"-http-addr={agent.Address.Authority}", .. arguments])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            },
        };
        process.OutputDataReceived += log.Add;
        process.OutputDataReceived += (_, line) => isReady |= line.Data?.Contains("ready to serve", StringComparison.Ordinal) ?? false;
        process.ErrorDataReceived += log.Add;
    }

    /// <summary>Starts the sidecar of a service that is registered with one: it takes mutual TLS and hands the bytes on to the service's port.</summary>
    /// <param name="agent">The agent that knows the service.</param>
    /// <param name="serviceId">The ID of the service.</param>
    /// <param name="port">Where the sidecar is registered to listen.</param>
    /// <exception cref="TimeoutException">It did not listen in time; the message holds its last words.</exception>
    public static Task<ConnectProxy> BeforeAsync(ConsulAgent agent, string serviceId, int port) => StartAsync(agent, port, "-sidecar-for", serviceId);

    /// <summary>Starts a proxy that takes plain text on a port and hands the bytes on by mutual TLS to an instance of a service.</summary>
    /// <param name="agent">The agent that knows the service.</param>
    /// <param name="caller">The service that it proves to be.</param>
    /// <param name="service">The service that is called.</param>
    /// <param name="port">Where it listens, on 127.0.0.1.</param>
    /// <exception cref="TimeoutException">It did not listen in time; the message holds its last words.</exception>
    public static Task<ConnectProxy> ToAsync(ConsulAgent agent, string caller, string service, int port) => StartAsync(
        agent, port, "-service", caller, "-upstream", string.Create(CultureInfo.InvariantCulture, $"{service}:{port}"));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            process.Kill();
            await process.WaitForExitAsync();
        }
        process.Dispose();
    }

    private static async Task<ConnectProxy> StartAsync(ConsulAgent agent, int port, params string[] arguments)
    {
        var proxy = new ConnectProxy(await ConsulBinary.GetAsync(), agent, arguments);
        proxy.process.Start();
        proxy.process.BeginOutputReadLine();
        proxy.process.BeginErrorReadLine();
        try
        {
            await Eventually.True(() => proxy.IsServingAsync(port), TimeSpan.FromSeconds(30), what: "the proxy listens and has its certificate");
            return proxy;
        }
        catch (Exception e) when (e is TimeoutException or InvalidOperationException)
        {
            await proxy.DisposeAsync();
            throw new TimeoutException($"{e.Message}\n{proxy.log}", e);
        }
    }

    private async Task<bool> IsServingAsync(int port)
    {
        if (process.HasExited)
        {
            throw new InvalidOperationException($"The proxy ended with {process.ExitCode}.");
        }
        if (!isReady)
        {
            return false;
        }
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}

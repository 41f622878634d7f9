using System.Diagnostics;
using System.Globalization;

namespace MeshClient.FunctionalTests.Kit;

/// <summary>An instance in a process of its own.</summary>
internal sealed class TestProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly string _name;
    private readonly int _port;

    private TestProcess(Process process, string name, int port)
    {
        _process = process;
        _name = name;
        _port = port;
    }

    public Endpoint Endpoint => new() { InstanceId = _name, Host = "127.0.0.1", Port = _port };

    /// <param name="name">The instance's name.</param>
    /// <param name="kind">Empty = it speaks HTTP/1.1; <c>grpc</c> = it answers each gRPC call with one message that holds its name.</param>
    /// <param name="takes">How long it takes for each gRPC call, in whole milliseconds.</param>
    public static async Task<TestProcess> StartAsync(string name, string kind = "", TimeSpan takes = default)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet")
        {
            ArgumentList = { Path.Combine(AppContext.BaseDirectory, "MeshClient.TestServer.dll"), name, kind, takes.TotalMilliseconds.ToString(CultureInfo.InvariantCulture) },
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        var process = Process.Start(start)!;
        var line = await process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(60));
        return new TestProcess(process, name, int.Parse(line!, CultureInfo.InvariantCulture));
    }

    /// <summary>Ends the process as SIGKILL does: without a word to anyone.</summary>
    public void Kill() => _process.Kill();

    public async Task SetModeAsync(string mode)
    {
        using var client = new HttpClient();
        Assert.Equal(_name, await client.GetStringAsync($"http://127.0.0.1:{_port}/mode/{mode}"));
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}

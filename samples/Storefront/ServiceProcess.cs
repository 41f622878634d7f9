using System.Collections.Concurrent;
using System.Diagnostics;
using System.Reflection;

namespace Storefront;

/// <summary>One service in a process of its own. It ends with this program: its standard input is the lifeline.</summary>
internal sealed class ServiceProcess : IDisposable
{
    private const int KeptLines = 40;

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();

    private ServiceProcess(string id, Process process)
    {
        Id = id;
        _process = process;
    }

    /// <summary>Its name in the play.</summary>
    public string Id { get; }

    /// <summary>Whether the process has ended.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>The last it printed, for when it did not start.</summary>
    public string Output => string.Join(Environment.NewLine, _output);

    public static ServiceProcess Start(string project, string id, string registeredAs, Uri registry)
    {
        var dll = Path.Combine(Metadata("ServicesFolder"), project, "bin", Metadata("Configuration"), Metadata("TargetFramework"), $"{project}.dll");
        if (!File.Exists(dll))
            throw new FileNotFoundException($"Expected the built service {project} at {dll}. Build samples/Storefront first.");
        // The host that runs this program runs the services.
        var start = new ProcessStartInfo(Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet", [dll, "--urls", "http://127.0.0.1:0"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetDirectoryName(dll),
            Environment = { ["Mesh__Service__Id"] = registeredAs, ["Storefront__Instance"] = id, ["Mesh__Consul__Address"] = registry.ToString(), ["ASPNETCORE_ENVIRONMENT"] = "Production" },
        };
        var process = Process.Start(start)!;
        var service = new ServiceProcess(id, process);
        process.OutputDataReceived += (_, line) => service.Keep(line.Data);
        process.ErrorDataReceived += (_, line) => service.Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return service;
    }

    /// <summary>Ends it at once, as SIGKILL does: no deregistration, no goodbye.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Ends it in good order, or by force when it takes too long.</summary>
    public async Task StopAsync()
    {
        if (_process.HasExited)
            return;
        _process.StandardInput.Close();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(8));
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill();
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
    }

    private void Keep(string? line)
    {
        if (line is null)
            return;
        _output.Enqueue(line);
        while (_output.Count > KeptLines)
            _output.TryDequeue(out _);
    }

    private static string Metadata(string key) =>
        typeof(ServiceProcess).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(a => a.Key == key).Value!;
}

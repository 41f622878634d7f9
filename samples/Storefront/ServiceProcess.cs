using System.Collections.Concurrent;
using System.Diagnostics;
using System.Reflection;

namespace Storefront;

/// <summary>One service in a process of its own. It ends with this program: its standard input is the lifeline.</summary>
internal sealed class ServiceProcess : IDisposable
{
    private const int KeptLines = 40;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(8);
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();

    private ServiceProcess(string run, Process process)
    {
        Run = run;
        _process = process;
    }

    /// <summary>What tells this process from others of the same ID; it stands in the instance's metadata.</summary>
    public string Run { get; }

    /// <summary>Whether the process has ended.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>The last it printed, for when something is wrong.</summary>
    public string Output => string.Join(Environment.NewLine, _output);

    /// <summary>Starts one.</summary>
    /// <param name="project">The service's project.</param>
    /// <param name="id">The instance's ID.</param>
    /// <param name="registry">Where it registers itself.</param>
    /// <param name="urls">Where it listens.</param>
    /// <param name="settings">What it is told beside, as variables of its environment.</param>
    public static ServiceProcess Start(string project, string id, Uri registry, string urls, Dictionary<string, string> settings)
    {
        var dll = Assembly(project);
        var run = Guid.NewGuid().ToString("N");
        // The host that runs this program runs the services.
        var host = Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet";
        var start = new ProcessStartInfo(host, [dll, "--urls", urls])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetDirectoryName(dll),
            Environment =
            {
                ["ASPNETCORE_ENVIRONMENT"] = "Production",
                ["Mesh__Consul__Address"] = registry.ToString(),
                ["Mesh__Service__Id"] = id,
                ["Mesh__Service__Meta__run"] = run,
                ["Lifeline"] = "stdin",
            },
        };
        foreach (var (name, value) in settings)
            start.Environment[name] = value;
        var service = new ServiceProcess(run, Process.Start(start)!);
        service._process.OutputDataReceived += (_, line) => service.Keep(line.Data);
        service._process.ErrorDataReceived += (_, line) => service.Keep(line.Data);
        service._process.BeginOutputReadLine();
        service._process.BeginErrorReadLine();
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
        using var limit = new CancellationTokenSource(s_patience);
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

    /// <summary>The service as it was built along with this program.</summary>
    private static string Assembly(string project)
    {
        var dll = typeof(ServiceProcess).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(a => a.Key == $"Service:{project}").Value!;
        return File.Exists(dll) ? dll : throw new FileNotFoundException($"Expected the built service {project} at {dll}. Build samples/Storefront first.");
    }
}

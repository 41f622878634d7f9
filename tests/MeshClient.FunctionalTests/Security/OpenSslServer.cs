using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using MeshClient.TestKit.Certificates;

namespace MeshClient.FunctionalTests.Security;

/// <summary>OpenSSL's own server, which says by an alert that it refuses a caller, as Go's and Envoy's do: .NET's on Linux only closes.</summary>
internal sealed class OpenSslServer : IAsyncDisposable
{
    private readonly string _folder;
    private readonly Process _process;

    private OpenSslServer(string folder, Process process, int port) => (_folder, _process, Endpoint) = (folder, process, new Endpoint { InstanceId = "catalog-1", Host = "127.0.0.1", Port = port });

    public Endpoint Endpoint { get; }

    /// <summary>Starts one; null = there is no OpenSSL on this machine.</summary>
    /// <param name="leaf">What it presents.</param>
    /// <param name="trusted">Whose callers it takes.</param>
    /// <param name="alpn">The protocol that it agrees to.</param>
    public static async Task<OpenSslServer?> StartAsync(TestLeaf leaf, TestAuthority trusted, string alpn)
    {
        var folder = Directory.CreateTempSubdirectory("meshclient-openssl-").FullName;
        string Write(string name, string text)
        {
            File.WriteAllText(Path.Combine(folder, name), text);
            return Path.Combine(folder, name);
        }
        var chain = Write("cert.pem", leaf.ChainPem);
        var start = new ProcessStartInfo("openssl",
        [
            "s_server", "-accept", "127.0.0.1:0", "-cert", chain, "-cert_chain", chain, "-key", Write("key.pem", leaf.KeyPem),
            "-CAfile", Write("roots.pem", trusted.Pem), "-Verify", "3", "-verify_return_error", "-tls1_3", "-alpn", alpn,
        ])
        { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        Process? process = null;
        try
        {
            process = Process.Start(start)!;
            process.BeginErrorReadLine();
            while (await process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(30)) is { } line)
            {
                if (line.StartsWith("ACCEPT 127.0.0.1:", StringComparison.Ordinal))
                    return new OpenSslServer(folder, process, int.Parse(line[(line.LastIndexOf(':') + 1)..], CultureInfo.InvariantCulture));
            }
            throw new InvalidOperationException($"Expected \"openssl {string.Join(' ', start.ArgumentList)}\" to listen; it ended.");
        }
        catch (Exception error)
        {
            process?.Dispose();
            Directory.Delete(folder, recursive: true);
            if (error is Win32Exception)
                return null;
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}

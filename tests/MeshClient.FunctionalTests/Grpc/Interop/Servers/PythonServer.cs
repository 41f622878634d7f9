using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Testing;
using MeshClient.TestKit.Certificates;
using Xds.Service.Orca.V3;

namespace MeshClient.FunctionalTests.Grpc.Interop;

/// <summary>A server of the interop tests over gRPC's C core, in a process of its own: <c>interop_server.py</c>.</summary>
internal sealed class PythonServer : IAsyncDisposable
{
    private const string Python = "/usr/bin/python3";

    private readonly Process _process;
    private readonly string _folder;

    private PythonServer(Process process, string folder, int port)
    {
        _process = process;
        _folder = folder;
        Endpoint = new() { InstanceId = "interop-python", Host = "127.0.0.1", Port = port };
    }

    public Endpoint Endpoint { get; }

    /// <summary>Why this machine cannot run one; null = it can.</summary>
    public static string? SkipReason()
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(Python, ["-c", "import grpc; from google.protobuf import descriptor_pool"]) { RedirectStandardError = true })!;
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? null : "gRPC for Python is missing: apt-get install python3-grpcio python3-protobuf.";
        }
        catch (Win32Exception)
        {
            return $"{Python} is missing: apt-get install python3-grpcio python3-protobuf.";
        }
    }

    /// <summary>Starts one.</summary>
    /// <param name="leaf">What it presents; null = it serves in plain text.</param>
    /// <param name="trusted">Whose callers it takes.</param>
    public static async Task<PythonServer> StartAsync(TestLeaf? leaf = null, TestAuthority? trusted = null)
    {
        var folder = Directory.CreateTempSubdirectory("meshclient-interop-").FullName;
        string Write(string name, byte[] bytes)
        {
            File.WriteAllBytes(Path.Combine(folder, name), bytes);
            return Path.Combine(folder, name);
        }
        var schemas = new FileDescriptorSet();
        FileDescriptor[] files = [EmptyReflection.Descriptor, MessagesReflection.Descriptor, OrcaReflection.Descriptor];
        schemas.File.Add(files.SelectMany(WithImports).DistinctBy(f => f.Name).Select(f => f.ToProto()));
        List<string> arguments = [Path.Combine(AppContext.BaseDirectory, "Grpc/Interop/Servers/interop_server.py"), Write("schemas.bin", schemas.ToByteArray())];
        if (leaf is not null)
        {
            var text = System.Text.Encoding.ASCII;
            arguments.AddRange([Write("key.pem", text.GetBytes(leaf.KeyPem)), Write("cert.pem", text.GetBytes(leaf.ChainPem)), Write("roots.pem", text.GetBytes(trusted!.Pem))]);
        }
        var process = Process.Start(new ProcessStartInfo(Python, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, Environment = { ["GRPC_VERBOSITY"] = "NONE" } })!;
        var line = await process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(60));
        return new(process, folder, int.Parse(line!, CultureInfo.InvariantCulture));
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    // In the order in which they are read: imports first.
    private static IEnumerable<FileDescriptor> WithImports(FileDescriptor file) => file.Dependencies.SelectMany(WithImports).Append(file);
}

using System.Security.Cryptography;
using System.Text;
using MeshClient.Model;

namespace MeshClient.Discovery.Snapshots;

/// <summary>Names of files: safe on every file system whatever the service is called, and apart for services, datacenters and registries.</summary>
internal static class SnapshotPaths
{
    public const string Temporary = ".tmp";

    private const int ReadablePart = 40;

    /// <summary>
    /// The readable start of the name, for people, and a hash, which tells apart what differs only in case or in characters that are not taken over.
    /// </summary>
    public static string FileName(string source, ServiceName service)
    {
        var readable = string.Concat(service.ToString().Take(ReadablePart).Select(c => char.IsAsciiLetterOrDigit(c) || c == '-' ? char.ToLowerInvariant(c) : '_'));
        // No name holds a line feed, so that no two of these are the same text.
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{source}\n{service.Datacenter}\n{service.Name}"));
        return $"{readable}-{Convert.ToHexStringLower(hash.AsSpan(0, 8))}.json";
    }
}

using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;

namespace MeshClient.Identity;

/// <summary>
/// The identity of PEM files. They are read every few seconds and compared by their content: what watches of the file system miss is the usual way of
/// replacing them, by a link that is turned. Files that are being written are read again until they rest.
/// </summary>
/// <param name="service">The service that the certificate must be of: peers call it by this name and accept no other.</param>
/// <param name="files">Where the files are.</param>
/// <param name="time">The clock.</param>
internal sealed class FileIdentitySource(string service, SecurityFilesOptions files, TimeProvider time) : IIdentitySource
{
    /// <summary>How often the files are read.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(3);

    /// <summary>How long the files must rest after a change, for three of them are never replaced at once.</summary>
    public static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(500);

    /// <summary>A certificate with its chain takes a few KB; a bundle of a whole trust store some 300 KB.</summary>
    private const int LongestFile = 1 << 20;

    public async IAsyncEnumerable<IdentityUpdate> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        FileTexts? delivered = null;
        var tellsAgain = false;
        while (true)
        {
            IdentityUpdate? update = null;
            try
            {
                var texts = await ReadAsync(cancellationToken).ConfigureAwait(false);
                // The first ones too: at the start of a machine they may just be being written.
                if (texts != delivered)
                    texts = await SettledAsync(texts, cancellationToken).ConfigureAwait(false);
                if (tellsAgain || texts != delivered)
                {
                    tellsAgain = false;
                    delivered = texts;
                    update = new IdentityUpdate.Material(new IdentityMaterial(TrustDomain(texts), [texts.Trust], texts.Certificates, texts.Key));
                }
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException or CryptographicException)
            {
                // The return of a file that could not be read is told, be it the same; what cannot be understood is told once.
                tellsAgain |= error is not CryptographicException;
                update = new IdentityUpdate.Fault($"The files under Mesh:Security:Files cannot be used: {error.Message} Put whole PEM files in their place.", error);
            }
            if (update is not null)
                yield return update;
            await Task.Delay(Interval, time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<FileTexts> SettledAsync(FileTexts changed, CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(Rest, time, cancellationToken).ConfigureAwait(false);
            var again = await ReadAsync(cancellationToken).ConfigureAwait(false);
            if (again == changed)
                return again;
            changed = again;
        }
    }

    private async Task<FileTexts> ReadAsync(CancellationToken cancellationToken) => new(
        await ReadAsync(files.CertificateFile!, cancellationToken).ConfigureAwait(false),
        await ReadAsync(files.KeyFile!, cancellationToken).ConfigureAwait(false),
        await ReadAsync(files.TrustFile!, cancellationToken).ConfigureAwait(false));

    private static async Task<string> ReadAsync(string path, CancellationToken cancellationToken)
    {
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        await using (file.ConfigureAwait(false))
        {
            var expected = file.Length;
            if (expected > LongestFile)
                throw new IOException($"Expected a PEM file of at most {LongestFile >> 20} MiB, found \"{path}\" to be longer.");
            var bytes = new byte[expected + 1];
            var length = await file.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
            return length <= expected ? Encoding.UTF8.GetString(bytes, 0, length) : throw new IOException($"\"{path}\" grew while it was read.");
        }
    }

    private string TrustDomain(FileTexts texts)
    {
        if (PeerCertificate.ReadIdentity(Pem.Certificates(texts.Certificates)[0], out var id, out var detail) != PeerVerdict.Accepted)
            throw new CryptographicException(detail);
        if (!string.Equals(id!.Service, service, StringComparison.OrdinalIgnoreCase))
            throw new CryptographicException($"Expected a certificate of {service} (Mesh:Service:Name), found that of {id}.");
        return string.IsNullOrEmpty(files.TrustDomain) ? id.TrustDomain : files.TrustDomain;
    }

    private sealed record FileTexts(string Certificates, string Key, string Trust)
    {
        // Not the key.
        public override string ToString() => nameof(FileTexts);
    }
}

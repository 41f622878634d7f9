namespace MeshClient.Consul.Api;

/// <summary>The ACL token to send, from a file that may be rotated or from the settings.</summary>
/// <remarks>
/// The file is read again once a second at most, by content: its times say nothing where it is a link into a directory that is swapped whole,
/// as mounted secrets are.
/// </remarks>
internal sealed class ConsulToken(ConsulSettings settings, TimeProvider time)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);

    private volatile Read? _last;

    public async ValueTask<string?> GetAsync(CancellationToken cancellationToken)
    {
        if (settings.TokenFile is null)
            return settings.Token;
        var last = _last;
        if (last is not null && time.GetElapsedTime(last.At) < Fresh)
            return last.Token;
        try
        {
            var text = await File.ReadAllTextAsync(settings.TokenFile, cancellationToken).ConfigureAwait(false);
            // A file that is being replaced may be empty for a moment.
            var token = text.Trim() is { Length: > 0 } found ? found : last?.Token;
            _last = new Read(token, time.GetTimestamp());
            return token;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            if (last is not null)
                return last.Token;
            throw new ConsulException($"The file with Consul's token cannot be read: {exception.Message} Check Mesh:Consul:TokenFile.", null, exception);
        }
    }

    private sealed record Read(string? Token, long At);
}

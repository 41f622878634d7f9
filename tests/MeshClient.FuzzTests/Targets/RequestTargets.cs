using System.Text;
using MeshClient.FuzzTests.Fuzzing;
using MeshClient.Matching;

namespace MeshClient.FuzzTests.Targets;

/// <summary>The target of a request: its path is refused, or is one that .NET's own reader of URLs agrees on.</summary>
internal sealed class RequestTargets : IFuzzTarget
{
    private static readonly IReadOnlyList<byte[]> s_seeds = Seeds.Texts(
        "/", "/admin/users?x=/../y", "/x/%2e%2e/%61dmin//y/.", "/caf%C3%A9", "/x%2f..%5cy", "http://web/a/../b", "http://[::1]admin#/public", "http://x#/public",
        "http://user@web:80/x", "http://web\\x/y", "https://10.0.0.1:8443?q", "*", "web:443", "//web/x");

    public int Inputs => 3000;

    public byte[] Make(Mutator mutator) => mutator.Mutate(s_seeds);

    public long Allowance(byte[] input) => (1 << 20) + (1024L * input.Length);

    public Task TakeAsync(byte[] input)
    {
        // As Kestrel reads it: a byte is a character.
        var target = Encoding.Latin1.GetString(input);
        var path = RequestPath.Normalize(target, new char[target.Length], out var fault).ToString();
        var isPlain = RequestPath.TryGetPlain(target, out var plain);
        Assert.Equal(fault == PathFault.None, path.StartsWith('/'));
        if (isPlain)
            Assert.Equal(path, plain.ToString());
        if (fault != PathFault.None)
            return Task.CompletedTask;
        Assert.DoesNotContain("//", path, StringComparison.Ordinal);
        Assert.DoesNotContain(path.Split('/'), segment => segment is "." or "..");
        // An empty segment is kept there and taken away here, so only targets without one can be compared.
        if (!target.StartsWith('/') && !target[8..].Contains("//", StringComparison.Ordinal) && Uri.TryCreate(target, UriKind.Absolute, out var uri))
            Assert.Equal(path, uri.LocalPath);
        return Task.CompletedTask;
    }
}

using MeshClient.Identity;
using MeshClient.TestKit.Certificates;
using MeshClient.Tests.Doubles;
using Microsoft.Extensions.Time.Testing;

namespace MeshClient.Tests.Identity;

public sealed class FileIdentitySourceTests : IAsyncDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("meshclient-identity-").FullName;
    private readonly TestAuthority _authority = TestAuthority.Root("mesh.example");
    private readonly SecurityFilesOptions _files;
    private readonly CancellationTokenSource _stop = new();
    private IAsyncEnumerator<IdentityUpdate>? _updates;

    public FileIdentitySourceTests() => _files = new SecurityFilesOptions
    {
        CertificateFile = Path.Combine(_folder, "cert.pem"),
        KeyFile = Path.Combine(_folder, "key.pem"),
        TrustFile = Path.Combine(_folder, "roots.pem"),
    };

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        Directory.Delete(_folder, recursive: true);
        _stop.Dispose();
    }

    [Fact]
    public async Task The_files_are_delivered_at_once_and_again_when_one_has_changed()
    {
        var leaf = _authority.Intermediate().Issue("web");
        Write(leaf, _authority);
        var first = await MaterialAsync();
        Assert.Equal(("mesh.example", leaf.ChainPem, leaf.KeyPem, _authority.Pem), (first.TrustDomain, first.Certificates, first.PrivateKey, Assert.Single(first.Roots)));

        var next = NextAsync();
        await IdleAsync(next, TimeSpan.FromMinutes(1));
        var other = TestAuthority.Root("mesh.example");
        File.AppendAllText(_files.TrustFile!, other.Pem);
        Assert.Equal(_authority.Pem + other.Pem, Assert.Single((await MaterialAsync(next)).Roots));
    }

    [Fact]
    public async Task Files_that_are_being_written_are_read_when_they_rest()
    {
        Write(_authority.Issue("web"), _authority);
        await MaterialAsync();
        var renewed = _authority.Issue("web");
        var next = NextAsync();
        // One after the other, half of each first, and each time it is looked at.
        foreach (var (file, text) in new[] { (_files.CertificateFile!, renewed.ChainPem), (_files.KeyFile!, renewed.KeyPem) })
        {
            File.WriteAllText(file, text[..100]);
            await IdleAsync(next, FileIdentitySource.Rest / 2);
            File.WriteAllText(file, text);
            await IdleAsync(next, FileIdentitySource.Rest / 2);
        }
        var delivered = await MaterialAsync(next);
        Assert.Equal((renewed.ChainPem, renewed.KeyPem), (delivered.Certificates, delivered.PrivateKey));
    }

    [Fact]
    public async Task A_file_that_is_gone_is_a_fault_that_names_it_and_its_return_is_told()
    {
        var leaf = _authority.Issue("web");
        Write(leaf, _authority);
        await MaterialAsync();
        File.Delete(_files.KeyFile!);
        var fault = Assert.IsType<IdentityUpdate.Fault>(await AdvancedAsync(NextAsync()));
        Assert.Contains(_files.KeyFile!, fault.Reason, StringComparison.Ordinal);
        Assert.Equal("System.IO.FileNotFoundException", fault.ErrorType);
        File.WriteAllText(_files.KeyFile!, leaf.KeyPem);
        Assert.Equal(leaf.KeyPem, (await MaterialAsync()).PrivateKey);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Files_that_come_or_come_back_are_read_when_they_rest(bool haveBeen)
    {
        var (leaf, other) = (_authority.Issue("web"), TestAuthority.Root("mesh.example"));
        Write(leaf, _authority);
        if (haveBeen)
        {
            File.WriteAllText(_files.TrustFile!, other.Pem);
            await MaterialAsync();
            File.Delete(_files.TrustFile!);
            Assert.IsType<IdentityUpdate.Fault>(await AdvancedAsync(NextAsync()));
        }
        // Cut off where a certificate ends, which nothing but time can tell from a whole file.
        File.WriteAllText(_files.TrustFile!, _authority.Pem);
        var next = NextAsync();
        await IdleAsync(next, haveBeen ? FileIdentitySource.Interval + FileIdentitySource.Rest / 2 : FileIdentitySource.Rest / 2);
        File.AppendAllText(_files.TrustFile!, other.Pem);
        Assert.Equal(_authority.Pem + other.Pem, Assert.Single((await MaterialAsync(next)).Roots));
    }

    [Fact]
    public async Task A_certificate_that_stays_half_written_is_told_once_and_its_completion_delivers()
    {
        var leaf = _authority.Issue("web");
        Write(leaf, _authority);
        await MaterialAsync();
        File.WriteAllText(_files.CertificateFile!, leaf.ChainPem[..100]);
        var fault = Assert.IsType<IdentityUpdate.Fault>(await AdvancedAsync(NextAsync()));
        Assert.Contains("cut off", fault.Reason, StringComparison.Ordinal);
        Assert.False(Secrets.In(fault.ToString(), leaf.KeyPem));
        var next = NextAsync();
        await IdleAsync(next, TimeSpan.FromMinutes(1));
        File.WriteAllText(_files.CertificateFile!, leaf.ChainPem);
        Assert.Equal(leaf.ChainPem, (await MaterialAsync(next)).Certificates);
    }

    [Fact]
    public async Task A_link_that_is_turned_to_other_files_is_a_change()
    {
        var (old, renewed) = (_authority.Issue("web"), _authority.Issue("web"));
        var live = Path.Combine(_folder, "live");
        foreach (var (folder, leaf) in new[] { ("1", old), ("2", renewed) })
        {
            var path = Directory.CreateDirectory(Path.Combine(_folder, folder)).FullName;
            File.WriteAllText(Path.Combine(path, "cert.pem"), leaf.ChainPem);
            File.WriteAllText(Path.Combine(path, "key.pem"), leaf.KeyPem);
        }
        Directory.CreateSymbolicLink(live, Path.Combine(_folder, "1"));
        (_files.CertificateFile, _files.KeyFile) = (Path.Combine(live, "cert.pem"), Path.Combine(live, "key.pem"));
        File.WriteAllText(_files.TrustFile!, _authority.Pem);
        Assert.Equal(old.KeyPem, (await MaterialAsync()).PrivateKey);
        Directory.Delete(live);
        Directory.CreateSymbolicLink(live, Path.Combine(_folder, "2"));
        Assert.Equal(renewed.KeyPem, (await MaterialAsync()).PrivateKey);
    }

    [Fact]
    public async Task The_trust_domain_may_be_told_and_a_file_of_any_length_is_not_read()
    {
        _files.TrustDomain = "other.example";
        Write(_authority.Issue("web"), _authority);
        Assert.Equal("other.example", (await MaterialAsync()).TrustDomain);
        File.WriteAllText(_files.TrustFile!, new string('x', (1 << 20) + 1));
        Assert.Contains("at most 1 MiB", Assert.IsType<IdentityUpdate.Fault>(await AdvancedAsync(NextAsync())).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_of_another_service_is_a_fault_that_names_both()
    {
        Write(_authority.Issue("api"), _authority);
        var fault = Assert.IsType<IdentityUpdate.Fault>(await AdvancedAsync(NextAsync()));
        Assert.Contains("Expected a certificate of web (Mesh:Service:Name), found that of spiffe://mesh.example/ns/default/dc/dc1/svc/api", fault.Reason, StringComparison.Ordinal);
    }

    private void Write(TestLeaf leaf, TestAuthority root)
    {
        File.WriteAllText(_files.CertificateFile!, leaf.ChainPem);
        File.WriteAllText(_files.KeyFile!, leaf.KeyPem);
        File.WriteAllText(_files.TrustFile!, root.Pem);
    }

    private Task<IdentityUpdate> NextAsync() => Task.Run(async () =>
    {
        _updates ??= new FileIdentitySource("web", _files, _time).WatchAsync(_stop.Token).GetAsyncEnumerator(_stop.Token);
        Assert.True(await _updates.MoveNextAsync());
        return _updates.Current;
    });

    private async Task<IdentityUpdate> AdvancedAsync(Task<IdentityUpdate> next)
    {
        await Eventually.True(_time, TimeSpan.FromMilliseconds(250), () => next.IsCompleted);
        return await next;
    }

    private async Task<IdentityMaterial> MaterialAsync(Task<IdentityUpdate>? next = null) =>
        Assert.IsType<IdentityUpdate.Material>(await AdvancedAsync(next ?? NextAsync())).Value;

    private async Task IdleAsync(Task next, TimeSpan time)
    {
        for (var until = _time.GetUtcNow() + time; _time.GetUtcNow() < until;)
        {
            _time.Advance(time < TimeSpan.FromMilliseconds(250) ? time : TimeSpan.FromMilliseconds(250));
            await Task.Delay(1);
            Assert.False(next.IsCompleted);
        }
    }
}

using MeshClient.Consul;
using MeshClient.Tests.Doubles;
using Microsoft.Extensions.Time.Testing;

namespace MeshClient.Tests.Consul.Api;

public sealed class ConsulTokenTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();
    private readonly FakeTimeProvider _time = new();
    private readonly ScriptedAgent _agent = new(_ => ScriptedAgent.Ok());

    public void Dispose() => File.Delete(_file);

    [Fact]
    public async Task A_rotated_token_is_sent_within_a_second_and_an_empty_or_missing_file_keeps_the_last()
    {
        using var client = _agent.Client(_time, new ConsulOptions { TokenFile = _file, Token = "not this" });
        await SendAsync("one\n");
        await SendAsync("two");
        await SendAsync("");
        File.Delete(_file);
        await SendAsync(null);
        Assert.Equal(["one", "two", "two", "two"], _agent.Tokens);

        async Task SendAsync(string? content)
        {
            if (content is not null)
                await File.WriteAllTextAsync(_file, content, TestContext.Current.CancellationToken);
            await client.Agent.DeregisterAsync("web", "web", TestContext.Current.CancellationToken);
            _time.Advance(TimeSpan.FromSeconds(1));
        }
    }

    [Fact]
    public async Task A_file_that_was_never_readable_is_an_error_that_names_the_setting()
    {
        using var client = _agent.Client(_time, new ConsulOptions { TokenFile = _file + ".missing" });
        var error = await Assert.ThrowsAsync<ConsulException>(() => client.Agent.DeregisterAsync("web", "web", TestContext.Current.CancellationToken));
        Assert.Contains("Mesh:Consul:TokenFile", error.Message, StringComparison.Ordinal);
        Assert.Empty(_agent.Requests);
    }

    [Fact]
    public async Task Without_a_token_no_header_is_sent()
    {
        using var client = _agent.Client(_time);
        await client.Agent.DeregisterAsync("web", "web", TestContext.Current.CancellationToken);
        Assert.Null(Assert.Single(_agent.Tokens));
    }
}

using MeshClient.DevRegistry.Catalog;
using Microsoft.Extensions.Time.Testing;

namespace MeshClient.DevRegistry.Tests.Catalog;

public sealed class BlockingQueryTests : IDisposable
{
    private static readonly TimeSpan Instant = TimeSpan.FromMilliseconds(1);

    private readonly Ledger ledger = new();
    private readonly ServiceCatalog catalog;
    private readonly FakeTimeProvider time = new();
    private readonly CancellationTokenSource stopping = new();
    private readonly BlockingQuery query;

    public BlockingQueryTests()
    {
        catalog = new ServiceCatalog(ledger);
        query = new BlockingQuery(ledger, time, new FixedRandom(0.5), stopping.Token);
    }

    public void Dispose() => stopping.Dispose();

    [Fact]
    public async Task Without_an_index_it_answers_at_once() =>
        Assert.Empty((await Ask(0, TimeSpan.FromMinutes(1))).Value);

    [Fact]
    public async Task A_change_of_the_service_wakes_it()
    {
        var answer = Ask(Index, TimeSpan.FromMinutes(1));
        Assert.Equal(1, query.Waiting);
        catalog.Write(new ServiceDefinition { Id = "web-1", Name = "web" }, []);
        Assert.Single((await answer).Value);
        Assert.Equal(0, query.Waiting);
    }

    [Fact]
    public async Task A_change_of_another_service_does_not()
    {
        catalog.Write(new ServiceDefinition { Id = "web-1", Name = "web" }, []);
        var answer = Ask(Index, TimeSpan.FromMinutes(1));
        catalog.Write(new ServiceDefinition { Id = "api-1", Name = "api" }, []);
        catalog.Write(new ServiceDefinition { Id = "web-2", Name = "web" }, []);
        Assert.Equal(2, (await answer).Value.Count);
    }

    [Theory]
    [InlineData(10, 10)]
    [InlineData(0, 300)]
    [InlineData(3600, 600)]
    public async Task Without_a_change_it_answers_after_the_wait_and_its_jitter(int waitSeconds, int effectiveSeconds)
    {
        var index = Index;
        var wait = TimeSpan.FromSeconds(effectiveSeconds);
        var answer = Ask(index, TimeSpan.FromSeconds(waitSeconds));
        time.Advance(wait + (wait / 32) - Instant);
        Assert.Equal(1, query.Waiting);
        time.Advance(Instant);
        Assert.Equal(index, (await answer).Index);
    }

    [Fact]
    public async Task An_index_from_a_former_life_waits_like_any_other()
    {
        var answer = Ask(1000, TimeSpan.FromSeconds(16));
        catalog.Write(new ServiceDefinition { Id = "web-1", Name = "web" }, []);
        Assert.Equal(1, query.Waiting);
        time.Advance(TimeSpan.FromSeconds(17));
        Assert.Equal(CatalogIndexes.First + 1, (await answer).Index);
    }

    [Fact]
    public async Task A_stop_answers_with_the_index_that_the_caller_has()
    {
        var answer = Ask(Index, TimeSpan.FromMinutes(1));
        await stopping.CancelAsync();
        Assert.Equal(Index, (await answer).Index);
    }

    [Fact]
    public async Task A_caller_who_goes_ends_the_query()
    {
        using var caller = new CancellationTokenSource();
        var answer = query.RunAsync(() => catalog.Health("web"), Index, TimeSpan.FromMinutes(1), caller.Token);
        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer);
        Assert.Equal(0, query.Waiting);
    }

    private ulong Index => catalog.Health("web").Index;

    private Task<Indexed<IReadOnlyList<HealthEntry>>> Ask(ulong index, TimeSpan wait) =>
        query.RunAsync(() => catalog.Health("web"), index, wait, TestContext.Current.CancellationToken);
}

using MeshClient.Resilience;

namespace MeshClient.Tests.Resilience;

public sealed class RetryBudgetTests
{
    private static readonly TimeSpan s_start = TimeSpan.FromSeconds(1000);

    [Fact]
    public void Allows_the_floor_when_nothing_was_called()
    {
        var budget = new RetryBudget(new RetryOptions { BudgetRatio = 0.2, BudgetPerSecond = 2 });
        Assert.Equal(20, Drain(budget, s_start));
    }

    [Fact]
    public void Allows_a_fraction_of_the_calls()
    {
        var budget = new RetryBudget(new RetryOptions { BudgetRatio = 0.2, BudgetPerSecond = 0 });
        for (var i = 0; i < 100; i++)
            budget.Deposit(s_start);
        Assert.Equal(20, Drain(budget, s_start));
    }

    [Fact]
    public void Forgets_calls_and_retries_after_ten_seconds()
    {
        var budget = new RetryBudget(new RetryOptions { BudgetRatio = 0.5, BudgetPerSecond = 0 });
        for (var i = 0; i < 10; i++)
            budget.Deposit(s_start);
        Assert.True(budget.TryWithdraw(s_start));
        Assert.Equal(4, budget.Balance(s_start + TimeSpan.FromSeconds(9)));
        Assert.Equal(0, budget.Balance(s_start + TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public void Retries_of_an_outage_stay_within_the_fraction_whatever_is_asked()
    {
        // 100 calls a second for a minute, each asking for as many retries as it gets.
        var budget = new RetryBudget(new RetryOptions { BudgetRatio = 0.2, BudgetPerSecond = 1 });
        int calls = 0, retries = 0;
        for (var now = s_start; now < s_start + TimeSpan.FromMinutes(1); now += TimeSpan.FromMilliseconds(10))
        {
            budget.Deposit(now);
            calls++;
            while (budget.TryWithdraw(now))
                retries++;
        }
        Assert.InRange(retries, calls * 0.18, (calls * 0.2) + 70);
    }

    [Fact]
    public void New_limits_keep_what_was_counted()
    {
        var budget = new RetryBudget(new RetryOptions { BudgetRatio = 0.2, BudgetPerSecond = 0 });
        for (var i = 0; i < 100; i++)
            budget.Deposit(s_start);
        budget.Update(new RetryOptions { BudgetRatio = 0.1, BudgetPerSecond = 0 });
        Assert.Equal(10, budget.Balance(s_start));
    }

    [Fact]
    public async Task Threads_that_withdraw_at_once_never_get_more_than_there_is()
    {
        var budget = new RetryBudget(new RetryOptions { BudgetRatio = 0, BudgetPerSecond = 10 });
        var taken = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Drain(budget, s_start))));
        Assert.Equal(100, taken.Sum());
    }

    private static int Drain(RetryBudget budget, TimeSpan now)
    {
        var count = 0;
        while (budget.TryWithdraw(now))
            count++;
        return count;
    }
}

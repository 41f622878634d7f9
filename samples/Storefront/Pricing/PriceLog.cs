namespace Storefront.Prices;

/// <summary>
/// The changes of the prices, by number. All instances must have the same ones by the same numbers. A shop would keep them in a database; here change N is what
/// tick N of the clock brings.
/// </summary>
internal static class PriceLog
{
    private const int Steps = 10;

    private static readonly (string Item, int Cents)[] s_items = [("kettle", 24_50), ("lamp", 31_00), ("chair", 89_00)];

    /// <summary>From one change to the next.</summary>
    public static TimeSpan Tick { get; } = TimeSpan.FromMilliseconds(20);

    /// <summary>The number of the last change.</summary>
    public static long Latest => TimeProvider.System.GetUtcNow().UtcTicks / Tick.Ticks;

    /// <summary>A change: the items take turns, and each goes up by a cent, up to ten, and then back.</summary>
    public static PriceChange Change(long number)
    {
        var (item, cents) = s_items[number % s_items.Length];
        return new() { Number = number, Item = item, Cents = cents + (int)(number / s_items.Length % Steps) };
    }

    /// <summary>What each item costs: what its last change says.</summary>
    public static IEnumerable<(string Item, int Cents)> Now()
    {
        var latest = Latest;
        return s_items.Select((_, i) => Change(latest - i)).Select(change => (change.Item, change.Cents));
    }
}

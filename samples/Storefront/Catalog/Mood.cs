using Storefront.Shared;

namespace Storefront.Catalog;

internal enum MoodName
{
    Well,
    Failing,
    Slow,
}

/// <summary>How this instance behaves, and how many requests have reached it.</summary>
internal sealed class Mood
{
    private volatile MoodName _current;
    private int _requests;

    public MoodName Current
    {
        get => _current;
        set => _current = value;
    }

    public int Requests => Volatile.Read(ref _requests);

    public void Count() => Interlocked.Increment(ref _requests);
}

internal sealed record CatalogPage(string Instance, string[] Items, Caller? Caller);

using System.Runtime.CompilerServices;

namespace MeshClient.Balancing.Pickers;

/// <summary>One of two choices as the contest sees it.</summary>
/// <param name="Cost">The cost of one call.</param>
/// <param name="Calls">The calls in flight per normalised weight.</param>
/// <param name="InverseWeight">What one call more would add to <paramref name="Calls"/>.</param>
/// <param name="Penalty">The failure penalty; 0 = none.</param>
internal readonly record struct Contender(double Cost, double Calls, double InverseWeight, double Penalty)
{
    public double Load => Cost * (1 + Calls);

    public double LoadWithOneMore => Cost * (1 + Calls + InverseWeight);
}

/// <summary>The decision between two choices, of which the first was drawn by weight.</summary>
internal static class Contest
{
    /// <summary>Whether the call goes to the second.</summary>
    /// <remarks>
    /// The second wins when it would be no worse off with the call than the first is without. For equal costs and weights that is the plain
    /// rule "fewer calls in flight, ties to the first". Otherwise it lets weights decide at low load, where a plain comparison would send every
    /// second call to the lightest endpoint that is idle, and at idle it takes latencies within a factor of two for equal, which is what peaks
    /// of equal instances differ by. A penalised endpoint counts as at least as loaded as its rival before its penalty multiplies that:
    /// failing fast keeps calls in flight at zero and latency low, and no fixed penalty would outweigh a rival with many calls in flight.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool SecondWins(in Contender first, in Contender second)
    {
        var firstLoad = first.Load;
        var secondLoad = second.LoadWithOneMore;
        if (first.Penalty + second.Penalty == 0)
            return secondLoad <= firstLoad;
        var atLeast = Math.Max(firstLoad, second.Load);
        if (second.Penalty > 0)
            secondLoad = Math.Max(secondLoad, firstLoad) * (1 + second.Penalty);
        if (first.Penalty > 0)
            firstLoad = atLeast * (1 + first.Penalty);
        return secondLoad <= firstLoad;
    }
}

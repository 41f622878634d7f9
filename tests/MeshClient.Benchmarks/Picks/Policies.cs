namespace MeshClient.Benchmarks.Picks;

/// <summary>
/// A policy as a type without state: the compiler makes code of its own for each, with its own profile, as an application has that uses one
/// policy. By a shared loop the last one measured would pay for the types of the others.
/// </summary>
internal interface IPolicy
{
    static abstract string Name { get; }
}

internal readonly struct PeakEwma : IPolicy
{
    public static string Name => "PeakEwma";
}

internal readonly struct LeastRequest : IPolicy
{
    public static string Name => "LeastRequest";
}

internal readonly struct RoundRobin : IPolicy
{
    public static string Name => "RoundRobin";
}

internal readonly struct WeightedRoundRobin : IPolicy
{
    public static string Name => "WeightedRoundRobin";
}

internal readonly struct RandomChoice : IPolicy
{
    public static string Name => "Random";
}

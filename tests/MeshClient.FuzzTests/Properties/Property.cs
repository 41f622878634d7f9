using CsCheck;

namespace MeshClient.FuzzTests.Properties;

/// <summary>
/// Holds a property against the same cases in every run; the case that breaks it is made small by CsCheck, which prints its seed. Where
/// MESHCLIENT_FUZZ_SECONDS is set, new cases follow.
/// </summary>
internal static class Property
{
    private const int Cases = 500;

    public static void Holds<T>(this Gen<T> cases, Action<T> assert)
    {
        var pcg = new PCG(1, 1);
        for (var i = 0; i < Cases; i++)
        {
            var seed = pcg.ToString();
            try
            {
                assert(cases.Generate(pcg, null, out _));
            }
            catch (Exception)
            {
                cases.Sample(assert, seed: seed, threads: 1);
                throw;
            }
        }
        if (Environment.GetEnvironmentVariable("MESHCLIENT_FUZZ_SECONDS") is { Length: > 0 })
            cases.Sample(assert, iter: Cases * 10, threads: 1);
    }

    public static void Holds<T1, T2>(this Gen<(T1, T2)> cases, Action<T1, T2> assert) => cases.Holds(drawn => assert(drawn.Item1, drawn.Item2));

    public static void Holds<T1, T2, T3>(this Gen<(T1, T2, T3)> cases, Action<T1, T2, T3> assert) =>
        cases.Holds(drawn => assert(drawn.Item1, drawn.Item2, drawn.Item3));
}

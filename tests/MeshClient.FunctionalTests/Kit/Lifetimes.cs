namespace MeshClient.FunctionalTests.Kit;

/// <summary>Makes things old.</summary>
internal static class Lifetimes
{
    /// <summary>Collects what nobody holds any more, finalisers included.</summary>
    public static void Collect()
    {
        for (var i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }
}

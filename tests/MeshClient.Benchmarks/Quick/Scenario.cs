namespace MeshClient.Benchmarks.Quick;

/// <summary>One thing that is measured, the same for both runners: it can be done any number of times.</summary>
internal abstract class Scenario(string name) : IDisposable
{
    public string Name => name;

    /// <summary>Does it so many times.</summary>
    public abstract Task RunAsync(int count);

    /// <summary>What must hold only while this scenario runs, such as a listener that would see the others too.</summary>
    public virtual IDisposable? Enter() => null;

    public virtual void Dispose()
    {
    }
}

namespace MeshClient.FuzzTests.Fuzzing;

/// <summary>What is fed with inputs: it throws when the product does what it must not.</summary>
internal interface IFuzzTarget
{
    /// <summary>How many inputs an ordinary test run feeds: about a second of them.</summary>
    int Inputs { get; }

    /// <summary>Makes an input.</summary>
    byte[] Make(Mutator mutator);

    /// <summary>Takes an input.</summary>
    Task TakeAsync(byte[] input);

    /// <summary>The bytes that an input may allocate at most: a multiple of its size.</summary>
    long Allowance(byte[] input);
}

namespace MeshClient.PackageTests.Kit;

/// <summary>Tests that build programs: one after the other, over packages that are made once.</summary>
[CollectionDefinition(nameof(Builds), DisableParallelization = true)]
public sealed class Builds : ICollectionFixture<Packages>;

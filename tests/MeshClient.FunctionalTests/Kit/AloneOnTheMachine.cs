namespace MeshClient.FunctionalTests.Kit;

/// <summary>What measures load runs by itself.</summary>
[CollectionDefinition(nameof(AloneOnTheMachine), DisableParallelization = true)]
public sealed class AloneOnTheMachine;

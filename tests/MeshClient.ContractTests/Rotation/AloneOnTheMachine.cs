namespace MeshClient.ContractTests.Rotation;

/// <summary>What puts load on runs by itself.</summary>
[CollectionDefinition(nameof(AloneOnTheMachine), DisableParallelization = true)]
public sealed class AloneOnTheMachine;

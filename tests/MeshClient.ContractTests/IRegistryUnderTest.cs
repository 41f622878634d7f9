namespace MeshClient.ContractTests;

/// <summary>A registry that the contract is held against.</summary>
public interface IRegistryUnderTest : IAsyncDisposable
{
    Uri Address { get; }

    /// <summary>Makes it forget everything, as a development agent does when it is killed and started again.</summary>
    Task WipeAsync();
}

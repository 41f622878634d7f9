using Grpc.Testing;

namespace MeshClient.FunctionalTests.Grpc.Interop;

/// <summary>A server of the interop tests, and a program that calls it through the mesh.</summary>
public interface IInteropWorld
{
    /// <summary>The name the server is called by.</summary>
    const string Service = "interop";

    /// <summary>Why there is no such server on this machine; null = there is.</summary>
    string? SkipReason { get; }

    /// <summary>A client of the factory.</summary>
    TestService.TestServiceClient Client { get; }

    /// <summary>The mesh, for channels made by hand.</summary>
    IMesh Mesh { get; }

    /// <summary>The calls in flight on the server, as the mesh counts them.</summary>
    int InFlight { get; }
}

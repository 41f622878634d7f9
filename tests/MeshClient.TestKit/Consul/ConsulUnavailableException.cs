namespace MeshClient.TestKit.Consul;

/// <summary>This machine cannot have a real agent; the message says why.</summary>
public sealed class ConsulUnavailableException(string message) : Exception(message);

namespace MeshClient.DevRegistry.Wire;

/// <summary>A body that is refused; the message is the answer's text.</summary>
internal sealed class InvalidRequestException(string message) : Exception(message);

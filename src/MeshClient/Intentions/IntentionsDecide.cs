namespace MeshClient.Intentions;

/// <summary>In the container, it says that a server of this process goes by the intentions: nobody else asks for them.</summary>
internal sealed class IntentionsDecide;

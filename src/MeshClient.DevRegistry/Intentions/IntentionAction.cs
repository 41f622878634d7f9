namespace MeshClient.DevRegistry;

/// <summary>What an intention does with a call.</summary>
public enum IntentionAction
{
    /// <summary>It may go through.</summary>
    Allow,

    /// <summary>It is refused.</summary>
    Deny,
}

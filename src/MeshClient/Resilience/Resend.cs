namespace MeshClient.Resilience;

/// <summary>Under which condition a request whose attempt failed may be sent again.</summary>
internal enum Resend
{
    /// <summary>Under none: it did not fail, or another endpoint would do no better.</summary>
    No,

    /// <summary>If sending it twice has the effect of once, and its body can be sent again: the endpoint may have worked on it.</summary>
    IfIdempotent,

    /// <summary>If its body can be sent again: the endpoint says that it has not worked on it.</summary>
    IfRepeatable,

    /// <summary>Always: no byte of it has left.</summary>
    Yes,
}

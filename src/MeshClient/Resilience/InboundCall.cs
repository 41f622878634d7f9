namespace MeshClient.Resilience;

/// <summary>
/// The call that this process is serving while it makes others: its deadline bounds theirs, and what they gave up on it must not have
/// retried by its own caller. Flows with the execution context; the inbound half sets it.
/// </summary>
internal sealed class InboundCall
{
    private static readonly AsyncLocal<InboundCall?> s_current = new();
    private volatile bool _gaveUp;
    private volatile bool _refused;
    private volatile bool _ended;

    /// <param name="deadline">When the caller stops waiting.</param>
    public InboundCall(Deadline deadline) => Deadline = deadline;

    /// <summary>
    /// The call being served where the code runs now; null = none. Work that a request set going and that outlives it is not bound by it
    /// any more, though its execution context still names it.
    /// </summary>
    public static InboundCall? Current
    {
        get => s_current.Value is { _ended: false } current ? current : null;
        set => s_current.Value = value;
    }

    /// <summary>When the caller stops waiting.</summary>
    public Deadline Deadline { get; }

    /// <summary>Whether an outgoing call made on its behalf was tried as often as it may be: the answer then says "do not retry".</summary>
    public bool GaveUp => _gaveUp;

    /// <summary>Whether the mesh refused the call before its handler saw it: the answer then says so.</summary>
    public bool IsRefused => _refused;

    /// <summary>The call has been answered.</summary>
    public void End() => _ended = true;

    /// <summary>Notes that an outgoing call was given up.</summary>
    public void NoteGaveUp() => _gaveUp = true;

    /// <summary>Notes that the mesh refuses the call before its handler.</summary>
    public void NoteRefused() => _refused = true;
}

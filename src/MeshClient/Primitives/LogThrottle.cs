namespace MeshClient.Primitives;

/// <summary>Lets one of a kind pass in a while, so that whoever provokes messages cannot fill the log; the next that passes tells how many did not.</summary>
internal sealed class LogThrottle(TimeProvider time, TimeSpan interval)
{
    private const int Most = 1000;
    private const string Others = "";
    private readonly Dictionary<string, (TimeSpan Since, int HeldBack)> _kinds = [];
    private readonly Lock _turn = new();

    /// <summary>Asks for one to pass.</summary>
    /// <param name="kind">The kind. Beyond a thousand at a time, all others are one.</param>
    /// <param name="heldBack">How many of the kind did not pass since the last that did.</param>
    public bool Passes(string kind, out int heldBack)
    {
        var now = time.Now();
        lock (_turn)
        {
            if (!_kinds.ContainsKey(kind) && _kinds.Count >= Most && !Forget(now))
                kind = Others;
            var known = _kinds.TryGetValue(kind, out var last);
            var passes = !known || now - last.Since >= interval;
            heldBack = last.HeldBack;
            _kinds[kind] = passes ? (now, 0) : (last.Since, last.HeldBack + 1);
            return passes;
        }
    }

    private bool Forget(TimeSpan now)
    {
        foreach (var (kind, (since, _)) in _kinds)
        {
            if (now - since >= interval)
                _kinds.Remove(kind);
        }
        return _kinds.Count < Most;
    }
}

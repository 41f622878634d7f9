namespace MeshClient.Matching;

/// <summary>Why a path cannot be brought to its one form: two readers could take it for two paths.</summary>
internal enum PathFault
{
    /// <summary>It can.</summary>
    None,

    /// <summary>The target has no path (<c>*</c>, an authority, nothing), or is a URL of which readers disagree where the path begins.</summary>
    NotAPath,

    /// <summary>A backslash, or an encoded slash or backslash: a separator to some and a letter to others.</summary>
    HiddenSeparator,

    /// <summary>A control character, encoded or not, NUL among them.</summary>
    ControlCharacter,

    /// <summary>A character that no path may hold as it is: a blank, <c>#</c> or one beyond ASCII.</summary>
    ForbiddenCharacter,

    /// <summary>An escape without two hexadecimal digits, or bytes that are not valid UTF-8, overlong forms among them.</summary>
    BadEncoding,

    /// <summary>What is decoded once would be decoded again by another: <c>%2541</c>.</summary>
    EncodedTwice,

    /// <summary>Dot segments lead above the root.</summary>
    AboveRoot,

    /// <summary>A <c>..</c> behind an empty segment: some take the empty one away and some the one before.</summary>
    AmbiguousDots,
}

internal static class PathFaultText
{
    /// <summary>The fault, in words that end a sentence.</summary>
    public static string Describe(this PathFault fault) => fault switch
    {
        PathFault.None => "nothing",
        PathFault.NotAPath => "a target without a path that all readers agree on",
        PathFault.HiddenSeparator => "a backslash or an encoded separator",
        PathFault.ControlCharacter => "a control character",
        PathFault.ForbiddenCharacter => "a character that no path may hold unencoded",
        PathFault.BadEncoding => "an escape that is not valid UTF-8",
        PathFault.EncodedTwice => "a character that is encoded twice",
        PathFault.AboveRoot => "dot segments that lead above the root",
        PathFault.AmbiguousDots => "dot segments behind an empty segment",
        _ => throw new ArgumentOutOfRangeException(nameof(fault), fault, "Expected a fault of a path."),
    };
}

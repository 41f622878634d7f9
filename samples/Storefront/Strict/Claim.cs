namespace Storefront.Strict;

/// <summary>Something that the act says, and whether it was seen.</summary>
/// <param name="Text">What it says.</param>
/// <param name="Holds">Whether that was seen.</param>
internal sealed record Claim(string Text, bool Holds);
